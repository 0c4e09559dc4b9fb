import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Payload } from '../../src/plugin.ts';
import type { Entry, Gone, Spool } from '../../src/spool/entry.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { withoutPrivileges } from '../helper/privileges.ts';
import { temporaryFolder } from '../helper/process.ts';

const address = { backend: 'b', lane: 'l' };
const DAY = 86_400_000;

interface Told {
  readonly level: string;
  readonly message: string;
}

function open(path: string, bytes = 1e9, told: Told[] = []): Spool {
  const log = (level: string) => (message: string) => void told.push({ level, message });
  const spool = createSpool({ path, bytes, ageMs: DAY }, { info: log('info'), warn: log('warn'), error: log('error') });
  onTestFinished(() => spool.close());
  return spool;
}

const payloadOf = (name: string, size = 100, createdMs = Date.now()): Payload => ({
  lanes: ['l'],
  bytes: Buffer.alloc(size, name),
  names: [name],
  createdMs,
});

async function save(spool: Spool, names: readonly string[], size?: number): Promise<Entry[]> {
  await spool.opened;
  const entries = names.map((name) => spool.save(address, payloadOf(name, size))!);
  await spool.flush();
  return entries;
}

async function namesIn(spool: Spool): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await spool.claim(address)) names.push(...(await spool.read(entry)).names);
  return names;
}

/** Files but the lock. */
const filesIn = (path: string) => readdirSync(path).filter((name) => name !== 'lock');

describe('the spool', () => {
  it('has what was saved for the next process, oldest first, and not what was done', async () => {
    const path = join(temporaryFolder(), 'deep', 'spool');
    const first = open(path);
    const [, two] = await save(first, ['1', '2', '3']);
    first.done(two!, true);
    await first.close();
    const second = open(path);
    expect(await namesIn(second)).toEqual(['1', '3']);
    expect(second.takeReport()).toMatchObject({ payloads: 2, errors: 0, damagedBytes: 0, down: false });
  });

  it('knows in the next process of which an attempt may have been taken', async () => {
    const path = temporaryFolder();
    const first = open(path);
    await first.opened;
    const [before, after, never] = ['1', '2', '3'].map((name) => first.save(address, payloadOf(name))!);
    first.doubt(before!);
    await first.flush();
    first.doubt(after!);
    first.doubt(after!);
    await first.flush();
    expect(never?.ambiguous).toBeUndefined();
    await first.close();
    const second = open(path);
    const entries = await second.claim(address);
    expect(entries.map(({ ambiguous }) => ambiguous)).toEqual([true, true, undefined]);
    expect(await second.read(entries[0]!)).not.toHaveProperty('ambiguous');
    for (const entry of entries) second.done(entry, true);
    await second.flush();
    expect(filesIn(path)).toEqual([]);
  });

  it('has it after a process that did not end it', async () => {
    const path = temporaryFolder();
    const [one] = await save(open(path), ['1', '2']);
    expect(one).toMatchObject({ ...address, items: 1 });
    // What a process that was killed leaves.
    writeFileSync(join(path, 'lock'), '4194305');
    expect(await namesIn(open(path))).toEqual(['1', '2']);
  });

  it('gives each payload to whom it is for, and once', async () => {
    const path = temporaryFolder();
    const first = open(path);
    await first.opened;
    first.save({ backend: 'b', lane: 'other' }, payloadOf('other'));
    first.save({ backend: 'c', lane: 'l' }, payloadOf('third'));
    await save(first, ['mine']);
    await first.close();
    const second = open(path);
    expect(await namesIn(second)).toEqual(['mine']);
    expect(await second.claim(address)).toEqual([]);
    const [third] = await second.claim({ backend: 'c', lane: 'l' });
    second.release([third!]);
    expect(await second.claim({ backend: 'c', lane: 'l' })).toEqual([third]);
  });

  it('gives them to the one of two that still wants them when they are known', async () => {
    const path = temporaryFolder();
    const first = open(path);
    await save(first, ['1']);
    await first.close();
    const second = open(path);
    const [given, up] = await Promise.all([second.claim(address, () => false), second.claim(address)]);
    expect([given.length, up.length]).toEqual([0, 1]);
  });

  it('is a folder and files for their owner only, and empty once all is done', async () => {
    const path = join(temporaryFolder(), 'spool');
    const spool = open(path);
    const entries = await save(spool, ['1', '2', '3']);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
    for (const entry of entries) spool.done(entry, true);
    await spool.flush();
    expect(filesIn(path)).toEqual([]);
    expect(spool.takeReport()).toMatchObject({ bytes: 0, payloads: 0, written: 3, replayed: 0 });
  });

  it('counts what was read back and delivered as replayed', async () => {
    const path = temporaryFolder();
    const first = open(path);
    await save(first, ['1', '2']);
    await first.close();
    const second = open(path);
    const [one, two] = await second.claim(address);
    await second.read(one!);
    second.done(one!, true);
    second.done(two!, true);
    expect(second.takeReport()).toMatchObject({ replayed: 1, written: 0 });
  });

  it('goes on where a segment of before stands, and forgets nothing that is done in a later one', async () => {
    const path = temporaryFolder();
    let spool = open(path, 16_000);
    await save(spool, ['1', '2', '3'], 900);
    await spool.close();
    spool = open(path, 16_000);
    const [, two, three] = await spool.claim(address);
    for (const entry of [two!, three!]) spool.done(entry, true);
    const more = await save(spool, ['4', '5'], 900);
    await spool.close();
    spool = open(path, 16_000);
    expect(await namesIn(spool)).toEqual(['1', '4', '5']);
    await spool.close();
    spool = open(path, 16_000);
    for (const entry of (await spool.claim(address)).slice(-more.length)) spool.done(entry, true);
    await spool.close();
    // What says that 2 to 5 are done stands in files without anything else: they stay as long as 1 does.
    expect(await namesIn(open(path, 16_000))).toEqual(['1']);
  });

  it('drops its oldest segments when it is full, says so and tells who had them', async () => {
    const path = temporaryFolder();
    const told: Told[] = [];
    const spool = open(path, 16_000, told);
    await spool.opened;
    const gone: string[] = [];
    for (let index = 0; index < 40; index++) {
      const entry = spool.save(address, payloadOf(`${index}`, 900))!;
      entry.gone = ({ reason }: Gone) => gone.push(`${index} ${reason}`);
      await spool.flush();
      expect(filesIn(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0)).toBeLessThanOrEqual(16_000);
    }
    expect(gone).toEqual(Array.from({ length: gone.length }, (_, index) => `${index} full`));
    expect(gone.length).toBeGreaterThan(20);
    const { dropped, payloads } = spool.takeReport();
    expect(dropped.get('full')).toBe(gone.length);
    expect(payloads).toBe(40 - gone.length);
    expect(told).toEqual([{ level: 'warn', message: expect.stringContaining('raise "spool.bytes"') }]);
    await spool.close();
    expect((await namesIn(open(path, 16_000)))[0]).toBe(`${gone.length}`);
  });

  it('gives up what nobody claims and is too old', async () => {
    const path = temporaryFolder();
    const first = open(path);
    await first.opened;
    first.save(address, payloadOf('old', 10, Date.now() - 2 * DAY));
    first.save(address, payloadOf('new', 10));
    await first.close();
    const second = open(path);
    await second.claim({ backend: 'another', lane: 'l' });
    expect(second.takeReport().dropped.get('too_old')).toBe(1);
    expect(await namesIn(second)).toEqual(['new']);
  });

  it('is had by one at a time: a second one says who has it, and saves nothing', async () => {
    const path = temporaryFolder();
    await open(path).opened;
    const told: Told[] = [];
    const second = open(path, 1e9, told);
    await second.opened;
    expect(second.save(address, payloadOf('1'))).toBeUndefined();
    expect(told).toEqual([
      {
        level: 'error',
        message: `the spool "${path}" cannot be used: process ${process.pid} uses it; what waits is in memory only`,
      },
    ]);
    expect(second.takeReport()).toMatchObject({ down: true, errors: 1 });
  });

  it('is taken once the other one is gone', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const path = temporaryFolder();
    const first = open(path);
    // Of two that open at the same time either may be faster.
    await first.opened;
    const second = open(path);
    await save(first, ['1']);
    await second.opened;
    await first.close();
    vi.advanceTimersByTime(10_000);
    expect(await namesIn(second)).toEqual(['1']);
    expect(second.save(address, payloadOf('2'))).toBeDefined();
    expect(second.takeReport()).toMatchObject({ down: false });
  });

  it('saves nothing where its folder is read-only, and says so', async () => {
    const told: Told[] = [];
    const path = temporaryFolder();
    chmodSync(path, 0o555);
    await withoutPrivileges(async () => {
      const spool = open(path, 1e9, told);
      await spool.opened;
      expect(spool.save(address, payloadOf('1'))).toBeUndefined();
    });
    expect(told[0]).toMatchObject({
      level: 'error',
      message: expect.stringMatching(/cannot be used: EACCES: .*memory only/),
    });
  });

  it.each<[string, (path: string) => void]>([
    ['is a file', (path) => writeFileSync(path, '')],
    ['is in a file', (path) => writeFileSync(join(path, '..'), '')],
  ])('saves nothing where its path %s, and says so', async (_, make) => {
    const told: Told[] = [];
    const path = join(temporaryFolder(), 'a', 'spool');
    if (_ === 'is a file') mkdirSync(join(path, '..'));
    make(path);
    const spool = open(path, 1e9, told);
    await spool.opened;
    expect(spool.save(address, payloadOf('1'))).toBeUndefined();
    expect(told[0]).toMatchObject({ level: 'error', message: expect.stringContaining(`the spool "${path}"`) });
  });

  it('gives back what it cannot write, while its folder is gone, and counts that', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const path = join(temporaryFolder(), 'spool');
    const told: Told[] = [];
    const spool = open(path, 1e9, told);
    await spool.opened;
    rmSync(path, { recursive: true });
    writeFileSync(path, '');
    const gone: Gone[] = [];
    const payload = payloadOf('1');
    const entry = spool.save(address, payload)!;
    entry.gone = (why) => void gone.push(why);
    await spool.flush();
    expect(gone).toEqual([{ reason: 'not_written', payload }]);
    expect(spool.save(address, payload)).toBeUndefined();
    expect(spool.takeReport()).toMatchObject({ payloads: 0, errors: 1, down: true });
    expect(told.map(({ level }) => level)).toEqual(['error']);
    rmSync(path);
    mkdirSync(path);
    vi.advanceTimersByTime(10_000);
    const again = spool.save(address, payload)!;
    await spool.flush();
    expect(spool.written(again)).toBe(true);
    expect(spool.takeReport()).toMatchObject({ payloads: 1, errors: 0, down: false });
  });

  it('notes at its end what was done while the disk was full, or says how much it could not note', async () => {
    for (const full of [false, true]) {
      const path = temporaryFolder();
      const told: Told[] = [];
      const spool = open(path, 1e9, told);
      const [one] = await save(spool, ['1', '2']);
      const file = await openFile(path);
      const write = vi
        .spyOn(Object.getPrototypeOf(file) as typeof file, 'writev')
        .mockRejectedValue(new Error('ENOSPC'));
      onTestFinished(() => void vi.restoreAllMocks());
      spool.done(one!, true);
      await spool.flush();
      if (!full) write.mockRestore();
      await spool.close();
      write.mockRestore();
      await file.close();
      expect(await namesIn(open(path))).toEqual(full ? ['1', '2'] : ['2']);
      const last = 'the spool could not note what was delivered: the next start sends it again';
      expect(told.at(-1)?.message === last).toBe(full);
    }
  });

  it('saves again at once, where it is told to, after the disk was full', async () => {
    const path = temporaryFolder();
    const spool = open(path);
    await save(spool, ['1']);
    const file = await openFile(path);
    const write = vi.spyOn(Object.getPrototypeOf(file) as typeof file, 'writev').mockRejectedValue(new Error('ENOSPC'));
    onTestFinished(() => void vi.restoreAllMocks());
    spool.save(address, payloadOf('2'));
    await spool.flush();
    write.mockRestore();
    await file.close();
    expect(spool.save(address, payloadOf('2'))).toBeUndefined();
    spool.retry();
    await save(spool, ['2']);
    await spool.close();
    expect(await namesIn(open(path))).toEqual(['1', '2']);
  });

  it('leaves no file of each attempt behind while the disk is full', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const path = temporaryFolder();
    const spool = open(path);
    await save(spool, ['1']);
    await spool.close();
    const second = open(path);
    await second.opened;
    const file = await openFile(path);
    const write = vi.spyOn(Object.getPrototypeOf(file) as typeof file, 'writev').mockRejectedValue(new Error('ENOSPC'));
    onTestFinished(() => void vi.restoreAllMocks());
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(second.save(address, payloadOf('2'))).toBeDefined();
      await second.flush();
      expect(filesIn(path)).toHaveLength(1);
      vi.advanceTimersByTime(10_000);
    }
    write.mockRestore();
    await file.close();
    await save(second, ['3']);
    expect(await namesIn(second)).toEqual(['1']);
    await second.close();
    expect(await namesIn(open(path))).toEqual(['1', '3']);
  });

  it('leaves files of others alone', async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'notes.txt'), 'mine');
    const spool = open(path);
    await save(spool, ['1']);
    await spool.close();
    expect(await namesIn(open(path))).toEqual(['1']);
    expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('quarantines a torn tail, says how much, and delivers what stands before it', async () => {
    const path = temporaryFolder();
    const first = open(path);
    await save(first, ['1', '2']);
    await first.close();
    const [segment] = filesIn(path);
    appendFileSync(join(path, segment!), Buffer.alloc(77));
    const told: Told[] = [];
    const second = open(path, 1e9, told);
    expect(await namesIn(second)).toEqual(['1', '2']);
    expect(second.takeReport()).toMatchObject({ damagedBytes: 77, payloads: 2 });
    expect(told[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('is damaged') });
    expect(filesIn(path).filter((name) => name.endsWith('.bad'))).toHaveLength(1);
    await second.close();
    expect(await namesIn(open(path))).toEqual(['1', '2']);
  });

  it('delivers all that stands before any damage and nothing that was changed, and always starts', async () => {
    const path = temporaryFolder();
    const first = open(path);
    const names = Array.from({ length: 12 }, (_, index) => `payload ${index}`);
    const ends: number[] = [];
    await first.opened;
    for (const name of names) {
      first.save(address, payloadOf(name, 20 + name.length));
      await first.flush();
      ends.push(statSync(join(path, filesIn(path)[0]!)).size);
    }
    await first.close();
    const [file] = filesIn(path);
    const good = readFileSync(join(path, file!));
    const damage = fc.record({ at: fc.nat(good.length - 1), bit: fc.option(fc.nat(7)) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, bit }) => {
        for (const name of filesIn(path)) rmSync(join(path, name));
        const bytes = Buffer.from(bit === null ? good.subarray(0, at) : good);
        if (bit !== null) bytes[at]! ^= 1 << bit;
        writeFileSync(join(path, file!), bytes);
        const spool = open(path);
        const before = ends.filter((end) => end <= at).length;
        const entries = await spool.claim(address);
        const found = await Promise.all(entries.map((entry) => spool.read(entry)));
        expect(found.map((payload) => payload.names[0])).toEqual(names.slice(0, at < 8 ? 0 : before));
        for (const payload of found) {
          const [name = ''] = payload.names;
          expect(Buffer.from(payload.bytes).equals(payloadOf(name, 20 + name.length).bytes as Buffer)).toBe(true);
        }
        await spool.close();
      }),
      { numRuns: 1000 },
    );
  });
});
