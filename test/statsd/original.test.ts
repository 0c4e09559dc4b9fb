import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createShard } from '../../src/aggregate/shard.ts';
import { defaultSettings, defaultStatsdSettings } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import type { StatsdMetrics } from '../../src/plugin.ts';
import { createLedger } from '../../src/statsd/ledger.ts';
import { type Hash, runOriginal } from '../helper/original.ts';

/**
 * The ledger beside the original daemon in this process: the same packets and settings over several flushes. Numbers are
 * exact in binary, because a window that was handed over in parts is added up in parts.
 */

const key = fc.constantFrom('a', 'b', 'a b', 'x;k=v', 'é', '__x', 'app.metrics_received', '1');
const tags = fc.constantFrom('', '', '|#t:v', '|#b:2,a:1');
const eighths = fc.integer({ min: 1, max: 400 }).map((value) => String(value / 8));
const rate = fc.constantFrom('', '', '|@0.5', '|@0.25');
const line = fc.oneof(
  fc.tuple(key, eighths, rate, tags).map(([name, value, sampled, tagged]) => `${name}:${value}|c${sampled}${tagged}`),
  fc.tuple(key, eighths, rate, tags).map(([name, value, sampled, tagged]) => `${name}:${value}|ms${sampled}${tagged}`),
  fc
    .tuple(key, fc.constantFrom('', '', '+', '-'), eighths, tags)
    .map(([name, sign, value, tagged]) => `${name}:${sign}${value}|g${tagged}`),
  fc.tuple(key, fc.nat(5)).map(([name, member]) => `${name}:m${member}|s`),
  fc.constantFrom('bad', 'a:1:x:2|c', 'a:|ms', 'a:1:2:3|c', ''),
);
const packet = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'));

const deletions = fc.record({
  deleteCounters: fc.boolean(),
  deleteTimers: fc.boolean(),
  deleteSets: fc.boolean(),
  deleteGauges: fc.boolean(),
  gaugesMaxTTL: fc.integer({ min: 1, max: 3 }),
  prefixStats: fc.constantFrom('statsd', 'statsd', 'p'),
  calculatedTimerMetrics: fc.constantFrom([], ['count', 'upper_percent', 'histogram']),
  histogram: fc.constantFrom(undefined, [
    { metric: 'x', bins: [5, 'inf' as const] },
    { metric: '', bins: [10.5, 20] },
  ]),
});

const window = fc.record({
  /** Packets, and after which of them what there is is handed over. */
  packets: fc.array(fc.tuple(packet, fc.boolean()), { maxLength: 6 }),
  seconds: fc.integer({ min: 1, max: 12 }),
  /** Settings that are there from this window on. */
  reload: fc.option(deletions, { nil: undefined, freq: 4 }),
});

const START = 1_700_000_000;
const INTERVAL_MS = 7000;

/** What a back-end of the original finds, as plain data. */
function ofOriginal(hash: Hash) {
  return structuredClone({
    counters: hash.counters,
    rates: hash.counter_rates,
    gauges: hash.gauges,
    timers: hash.timers,
    timerCounters: hash.timer_counters,
    timerData: hash.timer_data,
    sets: Object.fromEntries(Object.entries(hash.sets).map(([name, set]) => [name, set.values().sort()])),
  });
}

function ofLedger(metrics: StatsdMetrics): ReturnType<typeof ofOriginal> {
  const plain = <V, P>(map: ReadonlyMap<string, V>, of: (value: V) => P) =>
    Object.fromEntries([...map].map(([name, value]) => [name, of(value)]));
  const same = (value: number) => value;
  return {
    counters: plain(metrics.counters, same),
    rates: plain(metrics.counterRates, same),
    gauges: plain(metrics.gauges, same),
    timers: plain(metrics.timers, (values) => [...values]),
    timerCounters: plain(metrics.timerCounters, same),
    timerData: plain(metrics.timerData, ({ fields, histogram }) => ({
      ...Object.fromEntries(fields),
      ...(histogram && { histogram: Object.fromEntries(histogram) }),
    })),
    sets: plain(metrics.sets, ({ values, size }) => {
      expect(size).toBe(values.length);
      return [...values].sort();
    }),
  };
}

it('a flush gives what the original gives, and leaves what it leaves, whatever the settings and reloads', () => {
  fc.assert(
    fc.property(deletions, fc.array(window, { minLength: 1, maxLength: 6 }), (first, windows) => {
      const percentThreshold = [90, -25];
      const common = { percentThreshold, flushInterval: INTERVAL_MS, keyNameSanitize: true };
      let nowMs = START * 1000;
      let clock = 0;
      let expected: ReturnType<typeof ofOriginal> | undefined;
      const original = runOriginal(
        { ...common, ...first },
        (hash) => {
          expected = ofOriginal(hash);
        },
        () => nowMs,
      );
      const settingsOf = (changes: typeof first) => ({
        ...defaultSettings,
        flushIntervalMs: INTERVAL_MS,
        statsd: { ...defaultStatsdSettings, percentThreshold, ...changes },
      });
      const ledger = createLedger(settingsOf(first), START);
      const shard = createShard({ index: 0, limits: defaultSettings.limits, now: () => clock++, seed: 1 });
      const intake = shard.intake('test', 'statsd');
      for (const { packets, seconds, reload } of windows) {
        if (reload !== undefined) {
          original.configure({ ...common, ...reload });
          ledger.setSettings(settingsOf(reload));
        }
        for (const [text, handOver] of packets) {
          original.packet(Buffer.from(text));
          intake.lines(Buffer.from(text));
          if (handOver) atOnce(ledger.absorb(shard.handOver(1, false, true)));
        }
        atOnce(ledger.absorb(shard.handOver(1, false)));
        nowMs += seconds * 1000;
        original.flush();
        expect(ofLedger(atOnce(ledger.flush(nowMs / 1000)).metrics)).toEqual(expected);
      }
    }),
    { numRuns: 300 },
  );
});
