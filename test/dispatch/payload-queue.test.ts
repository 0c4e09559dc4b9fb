import { expect, it } from 'vitest';
import { createPayloadQueue, type Parcel } from '../../src/dispatch/payload-queue.ts';
import { createTally, type WindowTally } from '../../src/dispatch/window-tally.ts';

const settings = { windows: 3, bytes: 10_000, ageMs: 1000 };

function parcel(
  name: string,
  sinceMs: number,
  window: WindowTally,
  more: { bytes?: number; priority?: number } = {},
): Parcel {
  const { bytes = 10, priority } = more;
  const payload = { lanes: ['a'], bytes: new Uint8Array(bytes), names: [name], createdMs: 0 };
  return { payload: priority === undefined ? payload : { ...payload, priority }, window, sinceMs, tried: false };
}

function open() {
  const lost: string[] = [];
  const queue = createPayloadQueue(settings, (one) => lost.push(one.payload.names[0]!));
  const names = () => queue.takeAll().map(({ payload }) => payload.names[0]);
  return { queue, lost, names };
}

it('gives the oldest first, and puts back in front what failed', () => {
  const { queue, names } = open();
  const window = createTally();
  queue.push(parcel('a', 1, window));
  queue.push(parcel('b', 2, createTally()));
  const first = queue.shift()!;
  expect(first.payload.names).toEqual(['a']);
  expect(queue.ageMs(12)).toBe(10);
  queue.push(parcel('c', 3, createTally()));
  queue.putBack([first]);
  expect(queue.ageMs(12)).toBe(11);
  expect(names()).toEqual(['a', 'b', 'c']);
  expect(queue).toMatchObject({ length: 0, bytes: 0 });
  expect(queue.ageMs(12)).toBe(0);
});

it('holds requests of so many windows, and the oldest give way', () => {
  const { queue, lost, names } = open();
  for (let window = 0; window < 5; window++) {
    const tally = createTally();
    queue.push(parcel(`${window}a`, window, tally));
    queue.push(parcel(`${window}b`, window, tally));
  }
  expect(lost).toEqual(['0a', '0b', '1a', '1b']);
  expect(names()).toEqual(['2a', '2b', '3a', '3b', '4a', '4b']);
});

it('holds so many bytes, what names and ends take included, and never gives up the newest', () => {
  const { queue, lost } = open();
  const window = createTally();
  queue.push(parcel('a', 1, window, { bytes: 4000 }));
  queue.push(parcel('b', 1, window, { bytes: 4000 }));
  expect(queue.bytes).toBe(2 * (4000 + 216));
  queue.push(parcel('c', 1, window, { bytes: 4000 }));
  expect(lost).toEqual(['a']);
  queue.push(parcel('huge', 1, window, { bytes: 50_000 }));
  expect(lost).toEqual(['a', 'b', 'c']);
  expect(queue.length).toBe(1);
});

it('gives up the lowest priority first', () => {
  const { queue, lost, names } = open();
  const window = createTally();
  queue.push(parcel('metric', 1, window, { bytes: 3000, priority: 1 }));
  queue.push(parcel('event', 2, window, { bytes: 3000 }));
  queue.push(parcel('other event', 3, window, { bytes: 3000 }));
  queue.push(parcel('new metric', 4, window, { bytes: 3000, priority: 1 }));
  expect(lost).toEqual(['event']);
  expect(names()).toEqual(['metric', 'other event', 'new metric']);
});

it('follows its settings', () => {
  const { queue, lost } = open();
  for (let window = 0; window < 3; window++) queue.push(parcel(`${window}`, window, createTally()));
  queue.setSettings({ ...settings, windows: 1 });
  queue.push(parcel('3', 3, createTally()));
  expect(lost).toEqual(['0', '1', '2']);
});
