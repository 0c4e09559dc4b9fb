import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { serverEvents } from '../../src/commands/server-events.ts';

it('reads events however they are cut, and passes over comments', async () => {
  const text =
    ': alive\n\nevent: lines\ndata: {"a":\ndata: "ü"}\n\nevent: nothing\n\r\ndata: 1\r\n\r\nevent: cut\ndata: 2\n';
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: bytes.length }, (_, index) => bytes.subarray(index, index + 1));
  const found = [];
  for await (const event of serverEvents(Readable.from(chunks, { objectMode: false }))) found.push(event);
  expect(found).toEqual([
    { name: 'lines', data: { a: 'ü' } },
    { name: 'message', data: 1 },
  ]);
});

it('ends where the stream breaks', async () => {
  const stream = new Readable({ read() {} });
  stream.push('data: 1\n\n');
  const found = [];
  for await (const event of serverEvents(stream)) {
    found.push(event.data);
    stream.destroy(new Error('reset'));
  }
  expect(found).toEqual([1]);
});

it.each([
  ['is no JSON', ['data: {oops\n\n']],
  ['has no end', Array.from({ length: 20 }, () => 'x'.repeat(1024 * 1024))],
])('rejects what %s', async (_, chunks) => {
  const read = async () => {
    for await (const event of serverEvents(Readable.from(chunks, { objectMode: false }))) expect(event).toBeUndefined();
  };
  await expect(read()).rejects.toThrow('sends no events of statsdrain');
});
