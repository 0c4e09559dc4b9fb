import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import zlib, { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createBudget, readBody } from '../../../src/kit/http/request-body.ts';

/** What Node.js has since 22.15. */
const { zstdCompressSync: zstd } = zlib as typeof zlib & {
  readonly zstdCompressSync?: (data: string | Buffer) => Buffer;
};

const MIB = 1024 * 1024;
const limits = { maxBody: 2 * MIB, maxPacked: 4096 };

function read(body: Buffer, headers: Record<string, string> = {}, capacity = 8 * MIB, verify?: (raw: Buffer) => void) {
  const budget = createBudget(capacity);
  const lease = budget.lease();
  const request = Object.assign(Readable.from([body]), { headers }) as unknown as IncomingMessage;
  return readBody(request, limits, lease, verify).finally(() => lease.release());
}

describe('a body', () => {
  it.each([
    ['identity', (text: string) => Buffer.from(text)],
    ['gzip', (text: string) => gzipSync(text)],
    [' X-GZIP ', (text: string) => gzipSync(text)],
    ['deflate', (text: string) => deflateSync(text)],
    ['Deflate', (text: string) => deflateRawSync(text)],
    ['br', (text: string) => brotliCompressSync(text)],
    ['identity, gzip', (text: string) => gzipSync(text)],
    ['gzip', (text: string) => Buffer.concat([gzipSync(text.slice(0, 2)), gzipSync(text.slice(2))])],
    ['utf-8', (text: string) => Buffer.from(text)],
    ['snappy', (text: string) => Buffer.from(text)],
  ])('in %s is unpacked', async (encoding, pack) => {
    expect((await read(pack('a:1|c'), { 'content-encoding': encoding })).toString()).toBe('a:1|c');
  });

  it('in zstd is unpacked within the same limits where Node.js has it, and refused elsewhere', async () => {
    const headers = { 'content-encoding': 'zstd' };
    if (zstd === undefined) {
      await expect(read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), headers)).rejects.toMatchObject({ status: 415 });
      return;
    }
    expect((await read(zstd('a:1|c'), headers)).toString()).toBe('a:1|c');
    await expect(read(zstd(Buffer.alloc(2 * MIB + 1)), headers)).rejects.toMatchObject({ status: 413 });
    await expect(read(Buffer.from('no zstd'), headers)).rejects.toMatchObject({ status: 400 });
    // A frame that asks for a window of 128 MiB.
    const greedy = Buffer.from('28b52ffd0088290000613a317c63', 'hex');
    await expect(read(greedy, headers)).rejects.toMatchObject({ status: 400 });
  });

  it.each<[title: string, body: Buffer, headers: Record<string, string>, status: number]>([
    ['is longer than declared', Buffer.alloc(2 * MIB + 1), {}, 413],
    ['is declared too long', Buffer.alloc(0), { 'content-length': String(2 * MIB + 1) }, 413],
    ['is too long as received', Buffer.alloc(4097), { 'content-encoding': 'gzip' }, 413],
    ['unpacks to too much', gzipSync(Buffer.alloc(2 * MIB + 1)), { 'content-encoding': 'gzip' }, 413],
    ['is broken', Buffer.from('no gzip'), { 'content-encoding': 'gzip' }, 400],
    ['is in an encoding that is not known', Buffer.from([1, 2]), { 'content-encoding': 'compress' }, 415],
    ['is packed twice', gzipSync(gzipSync('a')), { 'content-encoding': 'gzip, gzip' }, 415],
  ])('that %s is refused', async (_, body, headers, status) => {
    await expect(read(body, headers)).rejects.toMatchObject({ status });
  });

  it('may pack as well as it likes: 120,000 equal lines 171:1', async () => {
    const text = 'count#a=1 ok\n'.repeat(120_000);
    const packed = gzipSync(text, { level: 9 });
    expect(text.length / packed.length).toBeGreaterThan(100);
    expect((await read(packed, { 'content-encoding': 'gzip' })).equals(Buffer.from(text))).toBe(true);
  });

  it.each(['gzip', 'identity'])('in %s is given to who verifies it as it was received', async (encoding) => {
    const body = encoding === 'gzip' ? gzipSync('a:1|c') : Buffer.from('a:1|c');
    const seen: Buffer[] = [];
    const take = (raw: Buffer) => void seen.push(raw);
    expect((await read(body, { 'content-encoding': encoding }, 8 * MIB, take)).toString()).toBe('a:1|c');
    expect(seen).toEqual([body]);
    const refuse = () => {
      throw new Error('not signed');
    };
    await expect(read(body, { 'content-encoding': encoding }, 8 * MIB, refuse)).rejects.toThrow('not signed');
  });

  it('for which there is never room is too long, since sending it again would not help', async () => {
    await expect(read(Buffer.alloc(100), {}, 99)).rejects.toMatchObject({ status: 413 });
  });

  it('of somebody who went away before is refused at once', async () => {
    const budget = createBudget(1000);
    const request = Object.assign(new Readable({ read: () => undefined }), { headers: {}, complete: false });
    request.destroy();
    await new Promise(setImmediate);
    const reading = readBody(request as unknown as IncomingMessage, limits, budget.lease());
    await expect(reading).rejects.toMatchObject({ status: 400 });
  });

  it('that there is no memory for is refused for now', async () => {
    const budget = createBudget(100);
    const other = budget.lease();
    other.use(1);
    const request = Object.assign(Readable.from([Buffer.alloc(100)]), { headers: {} }) as unknown as IncomingMessage;
    await expect(readBody(request, limits, budget.lease())).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    expect(await read(Buffer.alloc(100), {}, 100)).toHaveLength(100);
  });
});

describe('the memory for bodies', () => {
  it('is shared, and whole again when all is given back', () => {
    const budget = createBudget(10);
    const [first, second] = [budget.lease(), budget.lease()];
    first.reserve(6);
    first.use(6);
    second.use(4);
    expect(() => second.use(1)).toThrow('send this one again later');
    expect(() => first.use(1)).toThrow('send this one again later');
    first.release();
    second.release();
    second.release();
    expect(() => budget.lease().use(10)).not.toThrow();
    expect(() => budget.lease().use(1)).toThrow();
  });
});
