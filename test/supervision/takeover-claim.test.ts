import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished, vi } from 'vitest';
import { loadLibc } from '../../src/receive/libc.ts';
import { claimTakeover } from '../../src/supervision/takeover-claim.ts';
import { DONE, FREE, PROTOCOL, TAKE, TAKEN } from '../../src/supervision/takeover-messages.ts';
import { temporaryFolder } from '../helper/process.ts';

const libc = await loadLibc();

/** A running server that answers the wish to take over so. In a thread of its own: a claim waits for its manifest without giving way. */
async function runningServer(answer: string): Promise<string> {
  const path = join(temporaryFolder(), 'takeover.sock');
  const code = `
    const { parentPort, workerData: { path, manifest, take, answer } } = require('node:worker_threads');
    const server = require('node:net').createServer((socket) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(manifest.length);
      socket.write(length + manifest);
      socket.on('error', () => undefined).on('data', (data) => {
        if (data.toString() === take) socket.end(answer);
      });
    });
    server.listen(path, () => parentPort.postMessage('listening'));`;
  const manifest = JSON.stringify({ protocol: PROTOCOL, pid: 42, sockets: [] });
  const worker = new Worker(code, { eval: true, workerData: { path, manifest, take: TAKE, answer } });
  onTestFinished(async () => void (await worker.terminate()));
  await once(worker, 'message');
  return path;
}

it.skipIf(typeof libc === 'string').each([
  ['has what it wants when the other process has written all', FREE + DONE, undefined, 0],
  ['goes on where the other process dies', '', undefined, 1],
  [
    'gives up where a third process was faster',
    TAKEN,
    'cannot take over: another process has taken over from process 42',
    0,
  ],
])('a process that takes over %s', async (_, answer, failure, errors) => {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const path = await runningServer(answer);
  const claim = claimTakeover(path, libc as Exclude<typeof libc, string>, log);
  expect(claim?.pid).toBe(42);
  const message = await claim?.take().catch((error: Error) => error.message);
  expect(message).toBe(failure);
  await claim?.ended;
  expect(log.error).toHaveBeenCalledTimes(errors);
});
