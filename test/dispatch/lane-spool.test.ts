import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Carried, Runner, RunnerSettings } from '../../src/dispatch/runner.ts';
import { createSender } from '../../src/dispatch/sender.ts';
import { type Payload, type SendingBackend, sendError } from '../../src/plugin.ts';
import type { Entry, Spool } from '../../src/spool/entry.ts';
import { makeWindow } from '../helper/window.ts';

const settings: RunnerSettings = {
  queue: { windows: 3, bytes: 1e6, ageMs: 60_000 },
  retry: { minMs: 100, maxMs: 1000, timeoutMs: 5000 },
};

/** A spool in memory, which does as it is told. */
function memorySpool(ageMs = 3_600_000) {
  const files = new Map<Entry, Payload>();
  const unclaimed = new Set<Entry>();
  const state = { fails: false, unreadable: false, read: 0 };
  const spool: Spool = {
    opened: Promise.resolve(),
    ageMs,
    save({ backend, lane }, payload) {
      if (state.fails) return undefined;
      const entry: Entry = { backend, lane, createdMs: payload.createdMs, items: payload.names.length };
      files.set(entry, payload);
      return entry;
    },
    written: (entry) => files.has(entry),
    doubt: (entry) => void Object.assign(entry, { ambiguous: true }),
    async read(entry) {
      const payload = files.get(entry);
      if (payload === undefined || state.unreadable) throw new Error('unreadable');
      state.read++;
      return payload;
    },
    done: (entry) => void files.delete(entry),
    async claim({ lane }) {
      const own = [...unclaimed].filter((entry) => entry.lane === lane);
      for (const entry of own) unclaimed.delete(entry);
      return own;
    },
    release(entries) {
      for (const entry of entries) unclaimed.add(entry);
    },
    retry: () => undefined,
    flush: async () => undefined,
    takeReport: () => {
      throw new Error('nobody asks');
    },
    close: async () => undefined,
  };
  const names = () => [...files.values()].map((payload) => payload.names.join()).sort();
  /** The oldest segment is dropped. */
  const dropAll = () => {
    for (const entry of [...files.keys()]) {
      files.delete(entry);
      entry.gone?.({ reason: 'full' });
    }
  };
  return { spool, files, unclaimed, state, names, dropAll };
}

/** One payload for each window, called by its end. */
function scripted(deliver: (payload: Payload, signal: AbortSignal) => Promise<void>) {
  const taken: string[] = [];
  const backend: SendingBackend = {
    lanes: ['l'],
    async *encode({ endMs }) {
      yield { lanes: ['l'], bytes: Buffer.alloc(10), names: [`${endMs}`], createdMs: endMs };
    },
    async deliver(payload, _lane, signal) {
      await deliver(payload, signal);
      taken.push(payload.names.join());
    },
  };
  return { backend, taken };
}

const messages: string[] = [];
const keep = (message: string) => void messages.push(message);
const log = { info: keep, warn: keep, error: keep };
const open = (backend: SendingBackend, spool: Spool, carried: readonly Carried[] = []) =>
  createSender('test', backend, log, settings, () => undefined, carried, spool);
const down = () => Promise.reject(new Error('503'));

async function offer(sender: Runner, from: number, to: number): Promise<void> {
  for (let endMs = from; endMs <= to; endMs++) {
    sender.offer(makeWindow({ endMs }));
    await vi.advanceTimersByTimeAsync(1);
  }
}

async function close(sender: Runner): Promise<void> {
  const stopped = sender.stop(performance.now());
  await vi.advanceTimersByTimeAsync(3000);
  await stopped;
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  // Waits are random up to their length.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  messages.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a lane with a spool', () => {
  it('writes nothing of what is delivered at once', async () => {
    const { spool, files } = memorySpool();
    const save = vi.spyOn(spool, 'save');
    const { backend, taken } = scripted(async () => undefined);
    const sender = open(backend, spool);
    await offer(sender, 1, 5);
    await vi.advanceTimersByTimeAsync(1000);
    expect([taken.length, save.mock.calls.length, files.size]).toEqual([5, 0, 0]);
    await close(sender);
  });

  it('writes what came after the first that waits after 250 ms too, not after twice that', async () => {
    const { spool, names } = memorySpool();
    const sender = open(scripted(() => new Promise(() => undefined)).backend, spool);
    await offer(sender, 1, 1);
    await vi.advanceTimersByTimeAsync(49);
    await offer(sender, 2, 2);
    await vi.advanceTimersByTimeAsync(200);
    expect(names()).toEqual(['1']);
    await vi.advanceTimersByTimeAsync(60);
    expect(names()).toEqual(['1', '2']);
    await close(sender);
  });

  it('writes what failed at once, what comes behind it, and what is under way for longer than 250 ms', async () => {
    const first = memorySpool();
    const failing = open(scripted(down).backend, first.spool);
    await offer(failing, 1, 2);
    expect(first.names()).toEqual(['1', '2']);
    await close(failing);

    const second = memorySpool();
    const hanging = open(
      scripted((_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject))).backend,
      second.spool,
    );
    await offer(hanging, 1, 6);
    expect(second.names()).toEqual([]);
    await vi.advanceTimersByTimeAsync(600);
    expect(second.names()).toEqual(['1', '2', '3', '4', '5', '6']);
    await close(hanging);
  });

  it('keeps on disk what memory has no room for, and brings it back oldest first and once', async () => {
    const { spool, files, names } = memorySpool();
    let up = false;
    const { backend, taken } = scripted(() => (up ? Promise.resolve() : down()));
    const sender = open(backend, spool);
    await offer(sender, 1, 20);
    expect(names()).toHaveLength(20);
    const { payloads, spooled, givenUp } = sender.takeActivity().lanes.get('l')!;
    expect(payloads + spooled).toBe(20);
    expect(payloads).toBeLessThanOrEqual(4);
    expect(givenUp.size).toBe(0);
    up = true;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([...taken].sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, index) => `${index + 1}`),
    );
    const back = taken.map(Number).filter((name) => name <= 16);
    expect(back).toEqual([...back].sort((a, b) => a - b));
    expect(files.size).toBe(0);
    expect(sender.takeActivity()).toMatchObject({ sends: 20, lostWindows: new Map() });
    await close(sender);
  });

  it('brings back no more than twice of what comes live', async () => {
    const { spool, state } = memorySpool();
    let up = false;
    const { backend } = scripted(() => (up ? Promise.resolve() : down()));
    const sender = open(backend, spool);
    await offer(sender, 1, 100);
    await vi.advanceTimersByTimeAsync(5000);
    up = true;
    await vi.advanceTimersByTimeAsync(1100);
    state.read = 0;
    await offer(sender, 101, 105);
    await vi.advanceTimersByTimeAsync(1);
    // And perhaps the one that comes every half second.
    expect(state.read).toBeGreaterThanOrEqual(10);
    expect(state.read).toBeLessThanOrEqual(11);
    await close(sender);
  });

  it('loses nothing at its end: what waits is in the spool, for the next one', async () => {
    const { spool, unclaimed, names } = memorySpool();
    const first = open(scripted(down).backend, spool);
    await offer(first, 1, 10);
    await close(first);
    expect(first.lostWindows).toBe(0);
    expect([unclaimed.size, names().length]).toEqual([10, 10]);
    expect(messages.at(-1)).toBe('what was not delivered is in the spool');
    const { backend, taken } = scripted(async () => undefined);
    const second = open(backend, spool);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(taken).toEqual(Array.from({ length: 10 }, (_, index) => `${index + 1}`));
    expect(second.takeActivity().sends).toBe(10);
    expect(names()).toEqual([]);
    await close(second);
  });

  it('counts what the next process sends again though it may have been taken', async () => {
    const { spool } = memorySpool();
    const first = open(scripted(() => Promise.reject(sendError('reset', { ambiguous: true }))).backend, spool);
    await offer(first, 1, 1);
    await close(first);
    const { backend, taken } = scripted(async () => undefined);
    const second = open(backend, spool);
    await vi.advanceTimersByTimeAsync(5000);
    expect(taken).toEqual(['1']);
    expect(second.takeActivity().lanes.get('l')!.ambiguous).toBe(1);
    await close(second);
  });

  it('tells at its end what it sent again since the last window though it may have been taken', async () => {
    const { spool } = memorySpool();
    const { backend } = scripted(() => Promise.reject(sendError('reset', { ambiguous: true })));
    const sender = open(backend, spool);
    await offer(sender, 1, 1);
    sender.takeActivity();
    const stopped = sender.stop(performance.now() + 1000);
    await vi.advanceTimersByTimeAsync(3000);
    await stopped;
    expect(messages).toContain('requests were sent again since the last window though they may have been taken');
  });

  it('keeps at its end what the spool did not take before, and what it does not take then is lost and counted', async () => {
    for (const fails of [false, true]) {
      const { spool, state, names } = memorySpool();
      state.fails = true;
      const sender = open(scripted(down).backend, spool);
      await offer(sender, 1, 3);
      // The server is taken for down by then, and asked once more at the end.
      await vi.advanceTimersByTimeAsync(10_000);
      state.fails = fails;
      await close(sender);
      expect([names().length, sender.lostWindows]).toEqual(fails ? [0, 3] : [3, 0]);
    }
  });

  it('hands what waits to a successor, on disk and in memory', async () => {
    const { spool, names } = memorySpool();
    const first = open(scripted(down).backend, spool);
    await offer(first, 1, 10);
    const handing = first.handOver!(performance.now() + 1000);
    await vi.advanceTimersByTimeAsync(3000);
    const { backend, taken } = scripted(async () => undefined);
    const second = open(backend, spool, await handing);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([...taken].sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index + 1}`),
    );
    expect(names()).toEqual([]);
    await close(second);
  });

  it('is as one without where the spool takes nothing: what is over the queue is lost and counted', async () => {
    const { spool, state } = memorySpool();
    state.fails = true;
    const sender = open(scripted(down).backend, spool);
    await offer(sender, 1, 10);
    const { payloads, spooled, givenUp } = sender.takeActivity().lanes.get('l')!;
    expect(spooled).toBe(0);
    expect(givenUp).toEqual(new Map([['queue_full', 10 - payloads]]));
    await close(sender);
    expect(sender.lostWindows).toBe(10);
  });

  it('counts what the spool drops for want of room, but not what is in memory too', async () => {
    const { spool, dropAll } = memorySpool();
    const sender = open(scripted(down).backend, spool);
    await offer(sender, 1, 10);
    dropAll();
    const { payloads, spooled, givenUp } = sender.takeActivity().lanes.get('l')!;
    expect([spooled, givenUp.get('queue_full')]).toEqual([0, 10 - payloads]);
    await close(sender);
  });

  it('counts what cannot be read any more', async () => {
    const { spool, state } = memorySpool();
    let up = false;
    const { backend } = scripted(() => (up ? Promise.resolve() : down()));
    const sender = open(backend, spool);
    await offer(sender, 1, 10);
    const { spooled } = sender.takeActivity().lanes.get('l')!;
    state.unreadable = true;
    up = true;
    await vi.advanceTimersByTimeAsync(20_000);
    const report = sender.takeActivity().lanes.get('l')!;
    expect(report.givenUp).toEqual(new Map([['unreadable', spooled]]));
    expect(report).toMatchObject({ payloads: 0, spooled: 0, delivered: 10 - spooled });
    await close(sender);
  });

  it('gives up what is older than the spool keeps it, and not what is older than the queue keeps it', async () => {
    const { spool, names } = memorySpool(120_000);
    const sender = open(scripted(down).backend, spool);
    await offer(sender, 1, 10);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(sender.takeActivity().lanes.get('l')!.givenUp.size).toBe(0);
    await vi.advanceTimersByTimeAsync(90_000);
    sender.takeActivity();
    const { payloads, spooled } = sender.takeActivity().lanes.get('l')!;
    expect([payloads, spooled, names()]).toEqual([0, 0, []]);
    await close(sender);
  });

  it('has the parts of a payload that was divided in its place', async () => {
    const { spool, names } = memorySpool();
    const answers = [
      down,
      () =>
        Promise.reject(
          sendError('too large', {
            smaller: ['a', 'b'].map((name) => ({
              lanes: ['l'],
              bytes: Buffer.from(name),
              names: [name],
              createdMs: 1,
            })),
          }),
        ),
    ];
    const { backend } = scripted(() => (answers.shift() ?? (() => new Promise<void>(() => undefined)))());
    const sender = open(backend, spool);
    await offer(sender, 1, 1);
    expect(names()).toEqual(['1']);
    await vi.advanceTimersByTimeAsync(110);
    expect(names()).toEqual(['a', 'b']);
    await close(sender);
  });
});
