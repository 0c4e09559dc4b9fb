import { Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import tcp from '../../frontends/stream/tcp.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../helper/intake.ts';
import { open } from '../helper/send.ts';

it('a connection may be quiet for any time: if it were closed, the next line of its client would be lost', async () => {
  const idleLimits = vi.spyOn(Socket.prototype, 'setTimeout');
  const intake = recordIntake();
  const frontend = tcp.create(configure(tcp, { port: 0 }), intake, frontendContext());
  const [address] = await frontend.start();
  const client = await open(Number(new URL(address!).port));
  client.write('a:1|c\n');
  await waitFor(() => intake.has('a'));
  expect(idleLimits.mock.calls.filter(([ms]) => ms > 0)).toEqual([]);
  client.end();
  await frontend.stop();
});
