import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { followCertificate, PAIR_MS, tellExpired } from '../../../src/kit/http/certificate-watch.ts';
import type { Certificate } from '../../../src/kit/http/tls.ts';
import type { WatchOptions } from '../../../src/kit/watch.ts';
import { folderWith } from '../../config/temporary.ts';
import { certificateFor, type Certificate as Pair } from '../../helper/certificate.ts';
import { frontendContext } from '../../helper/intake.ts';

const one = certificateFor('one', '127.0.0.1');
const other = certificateFor('other', '127.0.0.1');

type Change = Partial<Pair>;

/** Two files of which the test says when a change, or that one is gone, is noticed. */
function follow() {
  const folder = folderWith({ 'cert.pem': one.cert, 'key.pem': one.key });
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const { log, logged } = frontendContext();
  const taken: string[] = [];
  const watched = new Map<string, WatchOptions>();
  const watch = (options: WatchOptions) => {
    watched.set(options.file, options);
    return () => void watched.delete(options.file);
  };
  const end = followCertificate(files, ({ context }) => taken.push(context.cert.toString()), log, watch);
  const write = (change: Change) => {
    for (const name of ['cert', 'key'] as const) {
      const content = change[name];
      if (content === undefined) continue;
      writeFileSync(files[name], content);
      watched.get(files[name])?.changed();
    }
  };
  return { files, taken, logged, watched, end, write };
}

describe('a certificate that is replaced', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is taken once both files are there, and told', () => {
    const { files, taken, logged, write } = follow();
    write({ cert: other.cert });
    vi.advanceTimersByTime(PAIR_MS - 1);
    write({ key: other.key });
    vi.advanceTimersByTime(10 * PAIR_MS);
    expect(taken).toEqual([other.cert]);
    expect(logged).toEqual([
      {
        level: 'info',
        message: 'serves another certificate to new connections',
        fields: { cert: files.cert, until: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
      },
    ]);
  });

  it('is taken once when both files are there before either is noticed', () => {
    const { files, taken, logged, watched } = follow();
    writeFileSync(files.cert, other.cert);
    writeFileSync(files.key, other.key);
    for (const { changed } of watched.values()) changed();
    expect([taken, logged.length]).toEqual([[other.cert], 1]);
  });

  it.each<[title: string, broken: Change, message: RegExp]>([
    ['broken', { cert: 'no certificate' }, /holds no certificate in PEM form .*; going on with the certificate/],
    ['of another key', { cert: other.cert }, /does not belong .*; going on with the certificate/],
    ['without its key', { ...other, key: '' }, /holds no private key .*; going on with the certificate/],
  ])('by one that is %s is not taken, which is told once, and the next good one is', (_, broken, message) => {
    const { taken, logged, write } = follow();
    write(broken);
    vi.advanceTimersByTime(PAIR_MS - 1);
    expect(logged).toEqual([]);
    vi.advanceTimersByTime(10 * PAIR_MS);
    expect(logged).toMatchObject([{ level: 'error', message: expect.stringMatching(message) }]);
    expect(taken).toEqual([]);
    write(other);
    vi.advanceTimersByTime(10 * PAIR_MS);
    expect(taken.at(-1)).toBe(other.cert);
    expect(logged.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('by nothing is told, and the one before stays', () => {
    const { files, taken, logged, watched } = follow();
    watched.get(files.key)?.gone();
    expect(logged).toMatchObject([{ level: 'warn', message: expect.stringMatching(/key\.pem" is gone; going on/) }]);
    expect(taken).toEqual([]);
  });

  it('after the end is not taken', () => {
    const { taken, logged, watched, end, write } = follow();
    write({ cert: other.cert });
    end();
    write({ key: other.key });
    vi.advanceTimersByTime(10 * PAIR_MS);
    expect([taken, logged, watched.size]).toEqual([[], [], 0]);
  });
});

it('real files are watched', async () => {
  const folder = folderWith({ 'cert.pem': one.cert, 'key.pem': one.key });
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const taken: string[] = [];
  onTestFinished(followCertificate(files, ({ context }) => taken.push(context.cert.toString()), frontendContext().log));
  writeFileSync(join(folder, 'new.pem'), other.cert);
  renameSync(join(folder, 'new.pem'), files.cert);
  writeFileSync(files.key, other.key);
  await vi.waitFor(() => expect(taken.at(-1)).toBe(other.cert), { timeout: 10_000 });
});

it.each([
  [-1, 1],
  [1, 0],
])('a certificate that ends in %i h is told of %i times', (hours, times) => {
  const { log, logged } = frontendContext();
  const files = { cert: '/etc/cert.pem', key: '/etc/key.pem' };
  const validTo = new Date(Date.now() + hours * 3_600_000);
  tellExpired(files, { validTo } as Certificate, log);
  expect(logged).toHaveLength(times);
  if (times > 0) {
    expect(logged[0]?.message).toMatch(/^the certificate in "\/etc\/cert\.pem" expired on \d{4}-\d\d-\d\d: .*replace/);
  }
});
