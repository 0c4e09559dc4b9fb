import { afterEach, expect, test, vi } from 'vitest';
import datadog from '../../backends/datadog/index.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { createSender } from '../../src/dispatch/sender.ts';
import { type Payload, type SendingBackend, sendError } from '../../src/plugin.ts';
import { API_KEY, datadogSettings } from '../backends/datadog/defaults.ts';
import { payloadsOf } from '../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../helper/window.ts';

const SERIES = 60_000;
const WINDOW_MS = 10_000;
const WINDOWS = 360;

afterEach(() => void vi.useRealTimers());

/** What Datadog is sent of a window: names of 40 bytes with three tags, and values of three digits. */
async function encodedWindow(): Promise<readonly Payload[]> {
  const series = Array.from(
    { length: SERIES },
    (_, number): SeriesInput => ({
      type: 'counter',
      name: `checkout.service.requests.duration.${10_000 + number}`,
      tags: ['env:prod', `host:web-${number % 40}`, `region:eu-${number % 3}`],
      value: (number * 7919) % 1000,
    }),
  );
  const backend = datadog.create(datadogSettings({ apiKey: API_KEY }), recordingContext());
  return payloadsOf(backend.encode(makeWindow({ series })));
}

test('D18 an hour of 503 with 60,000 series stays within the default queue, and each loss is counted once', async () => {
  const payloads = await encodedWindow();
  expect(payloads.reduce((sum, { names }) => sum + names.length, 0)).toBe(SERIES);
  // None holds much more memory than is counted of it.
  for (const { bytes } of payloads) expect(bytes.buffer.byteLength).toBeLessThan(bytes.length + 16_384);

  vi.useFakeTimers({ now: 0 });
  let down = true;
  const delivered = new Map<string, number>();
  let deliveredItems = 0;
  const backend: SendingBackend = {
    lanes: ['series'],
    async *encode({ endMs }) {
      for (const payload of payloads) yield { ...payload, createdMs: endMs };
    },
    async deliver({ createdMs, names }) {
      if (down) throw sendError('503');
      const id = `${createdMs} ${names[0]}`;
      delivered.set(id, (delivered.get(id) ?? 0) + 1);
      deliveredItems += names.length;
    },
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const lostItems = new Map<string, number>();
  const lost = (reason: string, items: number) => void lostItems.set(reason, (lostItems.get(reason) ?? 0) + items);
  const sender = createSender('datadog', backend, log, defaultSettings, lost);

  const lostWindows = new Map<string, number>();
  const givenUp = new Map<string, number>();
  let sends = 0;
  let waiting = 0;
  const add = (to: Map<string, number>, from: ReadonlyMap<string, number>) => {
    for (const [reason, count] of from) to.set(reason, (to.get(reason) ?? 0) + count);
  };
  const take = () => {
    const activity = sender.takeActivity();
    const lane = activity.lanes.get('series')!;
    sends += activity.sends;
    add(lostWindows, activity.lostWindows);
    add(givenUp, lane.givenUp);
    waiting = lane.payloads;
  };

  let most = 0;
  for (let window = 1; window <= WINDOWS; window++) {
    sender.offer(makeWindow({ endMs: window * WINDOW_MS }));
    await vi.advanceTimersByTimeAsync(WINDOW_MS);
    most = Math.max(most, sender.queued.bytes);
    take();
    expect(waiting + (givenUp.get('queue_full') ?? 0)).toBe(payloads.length * window);
  }
  const { queue } = defaultSettings;
  expect(queue.bytes).toBe(64 * 1024 * 1024);
  // What is put back after an attempt is there whatever the limit says.
  const largest = Math.max(...payloads.map(({ bytes }) => bytes.length)) + 200 + 16 * 10_000;
  expect(most).toBeGreaterThan(0.9 * queue.bytes);
  expect(most).toBeLessThanOrEqual(queue.bytes + largest);
  expect(delivered.size).toBe(0);

  down = false;
  await vi.advanceTimersByTimeAsync(60_000);
  take();
  expect([...givenUp.keys()]).toEqual(['queue_full']);
  expect(delivered.size + givenUp.get('queue_full')!).toBe(payloads.length * WINDOWS);
  expect(Math.max(...delivered.values())).toBe(1);
  expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
  expect([...lostWindows.keys()]).toEqual(['queue_full']);
  expect(sends + lostWindows.get('queue_full')!).toBe(WINDOWS);
  const items = deliveredItems + (lostItems.get('queue_full') ?? 0) + SERIES * lostWindows.get('queue_full')!;
  expect(items).toBe(SERIES * WINDOWS);
  await sender.stop(performance.now());
}, 60_000);
