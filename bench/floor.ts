/** Receives datagrams as the fast receiver does and discards them: what no program on this machine can undercut. */
import { openStore } from '../src/aggregate/store.ts';
import { defaultSettings } from '../src/config/settings.ts';
import { createBatch } from '../src/receive/batch.ts';
import { loadLibc } from '../src/receive/libc.ts';
import { openReceiver } from '../src/receive/receiver.ts';

/** Bytes, as the `udp` front-end asks for by default. */
const RECEIVE_BUFFER = 4_194_304;
const LONGEST_LIFE_MS = 60_000;

const libc = await loadLibc();
if (typeof libc === 'string') throw new Error(libc);
const receiver = openReceiver(libc, {
  kind: 'udp',
  host: '127.0.0.1',
  port: 0,
  ipv6Only: false,
  receiveBuffer: RECEIVE_BUFFER,
  sharing: 'none',
});
const nothing = () => undefined;
const surplus = { values: nothing, members: nothing, deltas: nothing };
const batch = createBatch(libc, openStore(1, defaultSettings.limits, surplus));

process.send!({ port: receiver.port }, () => {
  const deadline = performance.now() + LONGEST_LIFE_MS;
  while (performance.now() < deadline) receiver.receive(batch.headers(), true);
  process.exit();
});
