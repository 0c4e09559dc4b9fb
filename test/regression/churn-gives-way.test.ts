import { afterEach, expect, test, vi } from 'vitest';
import { createState } from '../../backends/prometheus/page/state.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { createFlusher } from '../../src/dispatch/flush.ts';
import { createLookup } from '../../src/kit/lookup.ts';
import { atOnce } from '../../src/kit/slices.ts';
import type { Partial } from '../../src/partial/partial.ts';
import { stateOptions } from '../backends/prometheus/page/pages.ts';
import { openShard } from '../helper/shard.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../helper/window.ts';

/** More than a table that is never made smaller. */
const NAMES = 70_000;
/** Entries, at the most, between two turns of the event loop, where a slice is over at each look at the clock. */
const MOST_AT_ONCE = 2048;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A clock that goes on by ten milliseconds whenever somebody looks at it, so that nothing depends on the machine. */
function slowClock(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 10;
    return now;
  });
}

/** Turns of the event loop until `work` has ended. */
async function turnsOf(work: () => unknown): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    if (isOver) return;
    turns++;
    setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

test('other work goes on while names are learned, forgotten and numbered anew', async () => {
  const flusher = createFlusher({
    statsd: () => undefined,
    backendReports: () => [],
    takeLatePartials: () => 0,
    tellFalling: () => undefined,
    limitLogOf: () => ({ window: () => undefined, statsd: () => undefined }),
    namingFailed: () => undefined,
  });
  flusher.setSettings({ ...defaultSettings, selfMetrics: false });
  atOnce(flusher.views!.open('only', {}));
  const { shard, intake } = openShard();
  let endMs = 0;
  const flush = async (partial: Partial) => {
    slowClock();
    endMs += 1000;
    const turns = await turnsOf(() => flusher.flush({ startMs: endMs - 1000, endMs, partials: [partial] }));
    vi.restoreAllMocks();
    return turns;
  };

  for (let name = 0; name < NAMES; name++) intake.lines(Buffer.from(`new.name.${name}:1|c`));
  const learning = shard.handOver(1000, false);
  expect(learning.counters.length).toBe(NAMES);
  expect(await flush(learning)).toBeGreaterThanOrEqual(NAMES / MOST_AT_ONCE);

  let forgetting = 0;
  for (let window = 0; window < 8; window++) {
    const idle = shard.handOver(1000, false);
    if (idle.retired.length === 0) continue;
    expect(idle.retired.length).toBe(NAMES);
    forgetting = await flush(idle);
  }
  // Once they are released, once forgotten, once the rest is numbered anew.
  expect(forgetting).toBeGreaterThanOrEqual((3 * NAMES) / (2 * MOST_AT_ONCE));
  flusher.stop();
});

test('other work goes on while series come to the page of Prometheus, and while they leave it', async () => {
  const options = stateOptions({ ttl: 1000, maxSeries: NAMES });
  const state = createState(options, recordingContext());
  const series = Array.from(
    { length: NAMES },
    (_, name): SeriesInput => ({ type: 'counter', name: `n${name}`, value: 1 }),
  );
  const [all, one] = [makeWindow({ series }), makeWindow({ series: series.slice(0, 1) })];
  slowClock();
  expect(await turnsOf(() => state.fold(all))).toBeGreaterThanOrEqual(NAMES / MOST_AT_ONCE);
  // Once looked at, once numbered anew.
  expect(await turnsOf(() => state.fold(one))).toBeGreaterThanOrEqual((2 * NAMES) / MOST_AT_ONCE);
  expect(state.table.size).toBe(1);
});

test('no table of many names is moved at once when it grows', () => {
  let longest = 0;
  class Watched extends Int32Array {
    constructor(length: number) {
      super(length);
      longest = Math.max(longest, length);
    }
  }
  vi.stubGlobal('Int32Array', Watched);
  const lookup = createLookup();
  for (let number = 0; number < NAMES; number++) lookup.add(Math.imul(number, 0x9e3779b1), number);
  expect(lookup.size).toBe(NAMES);
  expect(longest).toBeGreaterThan(0);
  expect(longest).toBeLessThan(NAMES);
});
