import { setImmediate } from 'node:timers/promises';
import type { SpoolSettings } from '../config/settings.ts';
import { messageOf } from '../kit/error-text.ts';
import { oneByOne } from '../kit/one-by-one.ts';
import { seldom } from '../kit/seldom.ts';
import type { Logger, Payload } from '../plugin.ts';
import type { SpoolLoss } from '../telemetry/spool-report.ts';
import type { Entry, Spool } from './entry.ts';
import { createFiles, makeFolder, type Segment } from './folder.ts';
import { type Lock, lockFolder } from './lock.ts';
import { payloadAt, sizeOf } from './record.ts';
import { contentOf, quarantineTail, readPart, scanSegment } from './segment.ts';
import { batchOf, encodeWork, type Work } from './work.ts';

/** Where the record of an entry is. */
interface Held {
  /** Until it is written. */
  payload: Payload | undefined;
  segment: Segment<Entry> | undefined;
  offset: number;
  size: number;
  wasRead: boolean;
}

const SYNC_MS = 500;
/** Milliseconds between two attempts to take a folder, or to write after an error. */
const AGAIN_MS = 10_000;
/** Bytes of payloads that may wait for the disk: a disk that hangs costs no more. */
const MOST_UNWRITTEN = 64 * 1024 * 1024;
/** The folder is at least so many segments, which are dropped one by one. */
const SEGMENTS = 16;
const LARGEST_SEGMENT = 16 * 1024 * 1024;
/** Payloads in the folder: each takes 0.7 kB of memory, however small it is. */
const MOST_PAYLOADS = 200_000;
/** Payloads that are dropped, or claimed, in one turn: some milliseconds. */
const AT_ONCE = 2000;

/** Takes the folder, and reads what is in it, behind the caller's back. */
export function createSpool({ path, bytes: most, ageMs }: SpoolSettings, log: Logger): Spool {
  const segmentBytes = Math.min(LARGEST_SEGMENT, Math.ceil(most / SEGMENTS));
  const files = createFiles<Entry>(path);
  const held = new Map<Entry, Held>();
  const unclaimed = new Set<Entry>();
  const readInTurn = oneByOne();
  const claimInTurn = oneByOne();
  let work: Work[] = [];
  let unwritten = 0;
  let writing: Promise<void> | undefined;
  let lock: Lock | undefined;
  let failed = false;
  let scanned = false;
  let closed = false;
  let dirty = false;
  let syncing = false;
  let again: NodeJS.Timeout | undefined;
  let markScanned: () => void = () => undefined;
  const whenScanned = new Promise<void>((resolve) => {
    markScanned = resolve;
  });
  let written = 0;
  let replayed = 0;
  let errors = 0;
  let damagedBytes = 0;
  let dropped = new Map<SpoolLoss, number>();

  const tellFailure = seldom((times, what: string) =>
    log.error(`the spool "${path}" ${what}; what waits is in memory only`, { times }),
  );
  const tellFull = seldom((_times, payloads: number) =>
    log.warn(
      `the spool is full: its oldest segment was dropped; raise "spool.bytes" (${most}), unless ${MOST_PAYLOADS} payloads wait`,
      { payloads },
    ),
  );
  const syncTimer = setInterval(() => void sync(), SYNC_MS).unref();

  function failedTo(what: string, error: unknown): void {
    errors++;
    failed = true;
    tellFailure(`${what}: ${messageOf(error)}`);
  }

  function tryAgain(what: () => void): void {
    clearTimeout(again);
    if (!closed) again = setTimeout(what, AGAIN_MS).unref();
  }

  async function open(): Promise<void> {
    try {
      await makeFolder(path);
      lock = await lockFolder(path);
      const content = await contentOf(path);
      files.adopt(content);
      failed = false;
      tellFailure.over();
    } catch (error) {
      failedTo('cannot be used', error);
      await lock?.release().catch(() => undefined);
      lock = undefined;
      tryAgain(() => void open());
      return;
    }
    void scan([...files.segments]);
  }

  /** What a start finds. Payloads are claimed when all is read, because what is done stands behind them. */
  async function scan(found: readonly Segment<Entry>[]): Promise<void> {
    const places = new Map<string, Entry>();
    for (const segment of found) {
      try {
        const result = await scanSegment(segment.path, (record, offset) => {
          if (record.kind === 'payload') {
            const { nameBytes: _, ...head } = record.head;
            const entry: Entry = head;
            held.set(entry, { payload: undefined, segment, offset, size: record.size, wasRead: false });
            segment.waiting.add(entry);
            places.set(placeOf(segment.number, offset), entry);
            return;
          }
          const key = placeOf(record.place.segment, record.place.offset);
          const entry = places.get(key);
          if (entry === undefined) return;
          if (record.kind === 'doubt') {
            entry.ambiguous = true;
            return;
          }
          places.delete(key);
          forget(entry);
        });
        if (result.sound < result.bytes.length) await cut(segment, result);
      } catch (error) {
        errors++;
        files.leaveOut(segment);
        for (const entry of [...segment.waiting]) forget(entry);
        log.error(`${segment.path} cannot be read, and is left out until the next start: ${messageOf(error)}`);
      }
    }
    const waiting = [...places.values()].filter((entry) => held.has(entry));
    for (const entry of waiting) unclaimed.add(entry);
    scanned = true;
    if (waiting.length > 0) {
      const oldestMs = waiting.reduce((least, { createdMs }) => Math.min(least, createdMs), Number.POSITIVE_INFINITY);
      const oldest = new Date(oldestMs).toISOString();
      log.info('the spool has payloads that were not delivered before', { payloads: waiting.length, oldest });
    }
    markScanned();
    write();
  }

  async function cut(segment: Segment<Entry>, result: Awaited<ReturnType<typeof scanSegment>>): Promise<void> {
    const bytes = result.bytes.length - result.sound;
    damagedBytes += bytes;
    const bad = await quarantineTail(segment.path, result).catch(() => undefined);
    files.cut(segment, result.sound, bad);
    log.warn('a part of the spool is damaged and was left out; what stood before it is good', {
      file: segment.path,
      offset: result.sound,
      bytes,
      kept: bad?.path ?? 'not at all',
    });
  }

  function forget(entry: Entry): Held | undefined {
    const one = held.get(entry);
    held.delete(entry);
    unclaimed.delete(entry);
    one?.segment?.waiting.delete(entry);
    return one;
  }

  /** It was not delivered, and is not here any more. */
  function drop(entry: Entry, reason: SpoolLoss): void {
    if (forget(entry) === undefined) return;
    dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
    entry.gone?.({ reason });
  }

  function write(): void {
    if (lock === undefined || failed) return;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (!failed && work.length > 0) write();
    });
  }

  async function writeAll(): Promise<void> {
    try {
      await trim();
      // They stay there until they are written.
      for (let batch = batchOf(work, segmentBytes); batch.length > 0; batch = batchOf(work, segmentBytes)) {
        await writeBatch(batch);
        await trim();
      }
      tellFailure.over();
    } catch (error) {
      await files.abandon();
      failedTo('cannot be written', error);
      const lost = work;
      work = work.filter(({ kind }) => kind !== 'payload');
      unwritten = 0;
      for (const one of lost) {
        if (one.kind !== 'payload' || forget(one.entry) === undefined) continue;
        one.entry.gone?.({ reason: 'not_written', payload: one.payload });
      }
      tryAgain(() => {
        failed = false;
        write();
      });
    }
  }

  async function writeBatch(batch: readonly Work[]): Promise<void> {
    const records: { readonly one: Work; readonly parts: readonly Uint8Array[]; readonly doubt: boolean }[] = [];
    for (const one of batch) {
      // What was delivered in the meantime, or stood in a segment that is gone.
      if (one.kind === 'payload' ? !held.has(one.entry) : !files.segments.includes(one.segment)) continue;
      const doubt = one.kind === 'payload' && one.entry.ambiguous === true;
      records.push({ one, parts: await encodeWork(one), doubt });
    }
    const all = records.flatMap(({ parts }) => parts);
    const bytes = sizeOf(all);
    if (bytes > 0) {
      await makeRoom(bytes, records.length);
      const { segment, offset: start } = await files.append(all, segmentBytes);
      dirty = true;
      let offset = start;
      for (const { one, parts, doubt } of records) {
        const size = sizeOf(parts);
        if (one.kind === 'payload') place(one.entry, segment, offset, size, doubt);
        offset += size;
      }
    }
    work = work.slice(batch.length);
    for (const one of batch) if (one.kind === 'payload') unwritten -= one.payload.bytes.length;
  }

  function place(entry: Entry, segment: Segment<Entry>, offset: number, size: number, doubt: boolean): void {
    written++;
    const one = held.get(entry);
    if (one === undefined) {
      // Delivered while it was written.
      work.push({ kind: 'done', segment, offset });
      return;
    }
    Object.assign(one, { payload: undefined, segment, offset, size });
    segment.waiting.add(entry);
    if (entry.ambiguous === true && !doubt) work.push({ kind: 'doubt', segment, offset });
  }

  async function makeRoom(bytes: number, payloads: number): Promise<void> {
    const tooMany = () => files.segments.reduce((sum, { waiting }) => sum + waiting.size, payloads) > MOST_PAYLOADS;
    while (files.bytes + bytes > most || tooMany()) {
      if (files.bytes + bytes > most && (await files.removeQuarantine())) continue;
      if (!scanned) throw new Error('it is full, and what was in it at the start is still being read');
      const oldest = await files.removeOldest();
      if (oldest === undefined) return;
      const lost = [...oldest.waiting];
      for (const [index, entry] of lost.entries()) {
        if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
        drop(entry, 'full');
      }
      if (lost.length > 0) tellFull(lost.length);
    }
  }

  function retry(): void {
    if (lock === undefined) return;
    failed = false;
    if (work.length > 0) write();
  }

  /** From the oldest on, because what is done in one segment may stand in any before it. */
  async function trim(): Promise<void> {
    while (scanned && files.segments[0]?.waiting.size === 0) await files.removeOldest();
  }

  async function sync(): Promise<void> {
    if (!dirty || syncing) return;
    dirty = false;
    syncing = true;
    try {
      await files.sync();
    } catch (error) {
      failedTo('cannot be synchronised', error);
      tryAgain(() => {
        failed = false;
        write();
      });
    } finally {
      syncing = false;
    }
  }

  return {
    opened: open(),
    ageMs,
    save(address, payload) {
      const { length } = payload.bytes;
      if (closed || failed || lock === undefined) return undefined;
      if (unwritten + length > MOST_UNWRITTEN || length > most / 4) return undefined;
      const { createdMs, names, encoding, priority, maxAgeMs } = payload;
      const entry: Entry = {
        ...address,
        createdMs,
        items: names.length,
        ...(encoding === undefined ? {} : { encoding }),
        ...(priority === undefined ? {} : { priority }),
        ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
      };
      held.set(entry, { payload, segment: undefined, offset: 0, size: 0, wasRead: false });
      work.push({ kind: 'payload', entry, payload });
      unwritten += length;
      write();
      return entry;
    },
    written: (entry) => held.get(entry)?.segment !== undefined,
    doubt(entry) {
      if (entry.ambiguous === true) return;
      entry.ambiguous = true;
      const { segment, offset = 0 } = held.get(entry) ?? {};
      if (segment === undefined) return;
      work.push({ kind: 'doubt', segment, offset });
      write();
    },
    async read(entry) {
      const one = held.get(entry);
      if (one === undefined) throw new Error('it is not in the spool');
      one.wasRead = true;
      if (one.payload !== undefined) return one.payload;
      try {
        return await readInTurn(async () => payloadAt(await readPart(one.segment!.path, one.offset, one.size), 0));
      } catch (error) {
        errors++;
        if (one.segment !== undefined) work.push({ kind: 'done', segment: one.segment, offset: one.offset });
        if (forget(entry) !== undefined) dropped.set('unreadable', (dropped.get('unreadable') ?? 0) + 1);
        write();
        throw error;
      }
    },
    done(entry, delivered) {
      const one = forget(entry);
      if (one === undefined) return;
      if (delivered && one.wasRead) replayed++;
      if (one.segment !== undefined) work.push({ kind: 'done', segment: one.segment, offset: one.offset });
      write();
    },
    async claim({ backend, lane }, wanted = () => true) {
      await whenScanned;
      return claimInTurn(async () => {
        await setImmediate();
        if (!wanted()) return [];
        const own = [...unclaimed].filter((entry) => entry.backend === backend && entry.lane === lane);
        for (const entry of own) unclaimed.delete(entry);
        return own;
      });
    },
    release(entries) {
      for (const entry of entries) {
        entry.gone = undefined;
        if (held.has(entry)) unclaimed.add(entry);
      }
    },
    retry,
    async flush() {
      while (writing !== undefined) await writing;
    },
    takeReport() {
      const oldestMs = Date.now() - ageMs;
      for (const entry of unclaimed) {
        if (entry.createdMs >= oldestMs) continue;
        const one = held.get(entry);
        if (one?.segment !== undefined) work.push({ kind: 'done', segment: one.segment, offset: one.offset });
        drop(entry, 'too_old');
      }
      if (work.length > 0) write();
      const report = { written, replayed, dropped, errors, damagedBytes };
      written = 0;
      replayed = 0;
      errors = 0;
      damagedBytes = 0;
      dropped = new Map();
      return { bytes: files.bytes, payloads: held.size, down: failed, ...report };
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(again);
      clearInterval(syncTimer);
      while (writing !== undefined) await writing;
      retry();
      while (writing !== undefined) await writing;
      const payloads = work.filter(({ kind }) => kind === 'done').length;
      if (payloads > 0)
        log.warn('the spool could not note what was delivered: the next start sends it again', { payloads });
      try {
        await files.close();
        await lock?.release();
      } catch (error) {
        failedTo('cannot be closed', error);
      }
    },
  };
}

function placeOf(segment: number, offset: number): string {
  return `${segment}:${offset}`;
}
