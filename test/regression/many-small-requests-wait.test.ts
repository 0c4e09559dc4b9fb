import { writeFileSync } from 'node:fs';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createPayloadQueue } from '../../src/dispatch/payload-queue.ts';
import { createSender } from '../../src/dispatch/sender.ts';
import { createShelf, type Shelved } from '../../src/dispatch/shelf.ts';
import { createTally } from '../../src/dispatch/window-tally.ts';
import type { Payload, SendingBackend } from '../../src/plugin.ts';
import { encodePayload } from '../../src/spool/record.ts';
import { MAGIC, segmentPath } from '../../src/spool/segment.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { temporaryFolder } from '../helper/process.ts';

afterEach(() => void vi.restoreAllMocks());

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const event: Payload = { lanes: ['events'], bytes: Buffer.alloc(300), names: ['deployed'], createdMs: Date.now() };

/** Elements that the work moves or looks at in arrays, as far as it cuts them or searches them. */
function movedBy(work: () => void): number {
  let moved = 0;
  for (const method of ['splice', 'shift', 'unshift', 'findIndex', 'filter'] as const) {
    const original = Array.prototype[method] as (...args: unknown[]) => unknown;
    vi.spyOn(Array.prototype, method).mockImplementation(function (this: unknown[], ...args: unknown[]) {
      moved += this.length;
      return original.apply(this, args);
    } as never);
  }
  work();
  vi.restoreAllMocks();
  return moved;
}

test('a lane that is full of events takes as many more without moving all of them for each', () => {
  let lost = 0;
  const queue = createPayloadQueue({ windows: 360, bytes: 64 * 1024 * 1024, ageMs: 900_000 }, () => lost++);
  let sinceMs = 0;
  const push = (events: number) => {
    const window = createTally();
    sinceMs++;
    for (let one = 0; one < events; one++) queue.push({ payload: event, window, sinceMs, tried: false });
  };
  while (lost === 0) push(10_000);
  const full = queue.length;
  // 64 MiB of 300 bytes, 200 of their own, and 16 of their name.
  expect(full).toBe(Math.floor((64 * 1024 * 1024) / 516));
  lost = 0;
  expect(movedBy(() => push(10_000))).toBeLessThan(20 * full);
  expect([queue.length, lost]).toEqual([full, 10_000]);
  const failed = queue.shift()!;
  queue.putBack([failed]);
  expect(queue.peek()).toBe(failed);
});

test('a file of many small payloads leaves the shelf of its lane without moving all of them for each', () => {
  const shelf = createShelf();
  const all = Array.from(
    { length: 100_000 },
    (_, sinceMs): Shelved => ({
      entry: { backend: 'b', lane: 'l', createdMs: sinceMs, items: 1 },
      window: createTally(),
      sinceMs,
      tried: false,
    }),
  );
  for (const one of all) shelf.add(one);
  const file = all.slice(0, 40_000);
  expect(
    movedBy(() => {
      for (const one of file) shelf.remove(one);
    }),
  ).toBeLessThan(20 * all.length);
  expect([shelf.length, shelf.oldestMs]).toEqual([60_000, 40_000]);
});

test('a spool with very many payloads starts, keeps the newest 200,000 of them at the most, and lanes take them in turns', async () => {
  const path = temporaryFolder();
  const record = Buffer.concat(await encodePayload({ backend: 'b', lane: 'events' }, event));
  const PER_FILE = 70_000;
  const file = Buffer.concat([MAGIC, ...Array.from({ length: PER_FILE }, () => record)]);
  for (const number of [1, 2, 3]) writeFileSync(segmentPath(path, number), file);
  const spool = createSpool({ path, bytes: 2e9, ageMs: 86_400_000 }, log);
  onTestFinished(() => spool.close());

  const backend: SendingBackend = {
    lanes: ['events'],
    async *encode() {},
    deliver: () => Promise.reject(new Error('503')),
  };
  const settings = {
    queue: { windows: 9, bytes: 1e6, ageMs: 1e6 },
    retry: { minMs: 1000, maxMs: 1000, timeoutMs: 1000 },
  };
  const sender = createSender('b', backend, log, settings, () => undefined, [], spool);
  let givenUp = 0;
  const waiting = () => {
    const lane = sender.takeActivity().lanes.get('events')!;
    for (const payloads of lane.givenUp.values()) givenUp += payloads;
    return lane.payloads + lane.spooled;
  };
  await vi.waitFor(() => expect(waiting()).toBeGreaterThan(0), { timeout: 60_000, interval: 1 });
  expect(spool.save({ backend: 'b', lane: 'other' }, event)).toBeDefined();
  await spool.flush();
  // Those that were read back by then are in memory too, and stay there.
  await vi.waitFor(() => expect(waiting() + givenUp).toBe(3 * PER_FILE), { timeout: 60_000 });
  expect(givenUp).toBeLessThanOrEqual(PER_FILE);
  expect(givenUp).toBeGreaterThan(PER_FILE - 10);
  expect(spool.takeReport().payloads).toBeLessThanOrEqual(2 * PER_FILE + 10);

  const left = await sender.handOver!(performance.now());
  const count = left.reduce((sum, { parcels, shelved }) => sum + parcels.length + shelved.length, 0);
  expect(count).toBe(3 * PER_FILE - givenUp);
}, 120_000);
