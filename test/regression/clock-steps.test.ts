import { expect, it } from 'vitest';
import { createShard } from '../../src/aggregate/shard.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { createCollector } from '../../src/window/collect.ts';
import { openMerger } from '../helper/shard.ts';

const HOUR = 3_600_000;

/** One shard and what merges it, with the two clocks of a machine: one that can be set, and one that cannot. */
function machine(expire = defaultSettings.expire) {
  let wallMs = 1_700_000_000_000;
  let monotonicMs = 0;
  const { limits } = defaultSettings;
  const shard = createShard({ index: 0, limits, now: () => monotonicMs, seed: 1 });
  const intake = shard.intake('udp', 'auto');
  const merger = openMerger({ expire });
  const collector = createCollector(wallMs, 2000);
  collector.addShard(0);
  return {
    intake,
    pass(ms: number) {
      wallMs += ms;
      monotonicMs += ms;
    },
    set(ms: number) {
      wallMs += ms;
    },
    /** The window that ends now. */
    window() {
      collector.add(shard.handOver(wallMs, false), monotonicMs);
      const closed = collector.take(monotonicMs);
      if (closed === undefined) return undefined;
      const window = merger.merge(closed.partials, closed.startMs, closed.endMs, () => []);
      const rates = [...window.series].map((one) => [one.name, 'rate' in one ? one.rate : one.type]);
      return { lengthMs: window.endMs - window.startMs, rates: Object.fromEntries(rates) };
    },
  };
}

it.each([HOUR, 24 * HOUR])('a clock that steps forward by %d ms leaves rates as they are', (stepMs) => {
  const { intake, pass, set, window } = machine();
  pass(10_000);
  window();
  intake.lines(Buffer.from('a:100|c'));
  pass(4000);
  set(stepMs);
  pass(6000);
  expect(window()).toEqual({ lengthMs: 10_000, rates: { a: 10 } });
});

it('a clock that steps back makes a window longer, and its rates go by that', () => {
  const { intake, pass, set, window } = machine();
  pass(10_000);
  window();
  intake.lines(Buffer.from('a:100|c'));
  pass(8000);
  set(-3000);
  // At 15 s since the start by the wall, of a window that ends at 20 s.
  pass(5000);
  expect(window()).toEqual({ lengthMs: 13_000, rates: { a: 100 / 13 } });
});

it('what is held for a time is not let go by a clock that steps forward', () => {
  const { intake, pass, set, window } = machine({ ...defaultSettings.expire, counter: HOUR });
  intake.lines(Buffer.from('a:100|c'));
  pass(10_000);
  window();
  set(2 * HOUR);
  pass(10_000);
  expect(window()?.rates).toEqual({ a: 0 });
});
