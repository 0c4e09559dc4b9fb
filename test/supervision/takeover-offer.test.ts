import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { loadLibc } from '../../src/receive/libc.ts';
import { DONE, FREE, TAKE, TAKEN } from '../../src/supervision/takeover-messages.ts';
import { offerTakeover } from '../../src/supervision/takeover-offer.ts';
import { temporaryFolder } from '../helper/process.ts';

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const libc = await loadLibc();

/** With what it was told, from its manifest on. */
async function claimant(path: string): Promise<{ socket: Socket; said: Promise<string> }> {
  const socket = connect(path);
  socket.pause();
  await once(socket, 'readable');
  const length = socket.read(4) as Buffer;
  socket.read(length.readUInt32LE());
  return { socket, said: text(socket) };
}

it.skipIf(typeof libc === 'string')('one of two who ask at once takes over, and the other one is told', async () => {
  const path = join(temporaryFolder(), 'takeover.sock');
  const offer = await offerTakeover({ path, libc: libc as Exclude<typeof libc, string>, log, sockets: () => [] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const [first, second] = [await claimant(path), await claimant(path)];
  first.socket.write(TAKE);
  expect(await offer.taken).toEqual({ pid: process.pid });
  expect(await second.said).toBe(TAKEN);
  offer.free();
  await offer.done();
  expect(await first.said).toBe(FREE + DONE);
});

it.skipIf(typeof libc === 'string')('who asks and then hangs holds up no end', async () => {
  const path = join(temporaryFolder(), 'takeover.sock');
  const offer = await offerTakeover({ path, libc: libc as Exclude<typeof libc, string>, log, sockets: () => [] });
  const { said } = await claimant(path);
  await offer.done();
  expect(await said).toBe('');
});
