import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import graphite from '../../../backends/graphite/index.ts';
import { kit } from '../../../src/config/kit.ts';
import type { StatsdMetrics } from '../../../src/plugin.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeStatsd, originalHash } from '../../helper/statsd-hash.ts';
import { makeWindow, recordingContext } from '../../helper/window.ts';

const START = 1_700_000_000;

// A clock that stands still makes the times and durations of both sides the same.
beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'], now: START * 1000 }));
afterEach(() => vi.useRealTimers());

const names = {
  'all defaults': {},
  'prefixes of several levels': {
    globalPrefix: 'a.b',
    prefixCounter: 'c.d',
    prefixTimer: 't.u',
    prefixGauge: 'g.h',
    prefixSet: 's.t',
  },
  'no prefixes': { globalPrefix: '', prefixCounter: '', prefixTimer: '', prefixGauge: '', prefixSet: '' },
  'no global prefix': { globalPrefix: '' },
  'only a global prefix': { prefixCounter: '', prefixTimer: '', prefixGauge: '', prefixSet: '' },
};

const combinations = [true, false].flatMap((legacyNamespace) =>
  Object.keys(names).flatMap((prefixes) =>
    [undefined, 'host1', 'a.b', ''].flatMap((globalSuffix) =>
      [true, false].flatMap((flushCounts) =>
        (['text', 'pickle'] as const).flatMap((protocol) =>
          [true, false].map((sanitized) => ({
            legacyNamespace,
            prefixes: prefixes as keyof typeof names,
            globalSuffix,
            flushCounts,
            protocol,
            sanitized,
          })),
        ),
      ),
    ),
  ),
);

// The back-end of statsd 0.9 is the judge: given the same metrics, both write the same bytes to a socket of their own.
describe('the bytes of the original', () => {
  it.each([true, false])(
    'in both protocols, with all prefixes, suffixes and counts, legacy %s',
    async (legacy) => {
      const ours = await openSink();
      const theirs = await openSink();
      let compared = 0;
      for (const { prefixes, globalSuffix, flushCounts, protocol, sanitized, legacyNamespace } of combinations) {
        if (legacyNamespace !== legacy) continue;
        vi.setSystemTime(START * 1000);
        const metrics = sanitized ? clean : dirty;
        const suffix = globalSuffix === undefined ? {} : { globalSuffix };
        const given = { legacyNamespace, ...suffix };

        const original = loadOriginal({
          graphiteHost: '127.0.0.1',
          graphitePort: theirs.port,
          graphitePicklePort: theirs.port,
          graphiteProtocol: protocol,
          graphite: { ...given, ...names[prefixes] },
          flush_counts: flushCounts,
          keyNameSanitize: sanitized,
          prefixStats: metrics.prefixStats,
        });
        const statsd = { ...given, flushCounts, ...(legacyNamespace ? {} : names[prefixes]) };
        const block = graphite.config!(kit).parse({ port: ours.port, protocol, statsd });
        const backend = graphite.create(block, recordingContext());

        // Twice: the second time tells the size of the first one.
        for (const seconds of [10, 20]) {
          vi.setSystemTime((START + seconds) * 1000);
          const timestamp = START + seconds;
          const [, expected] = await Promise.all([
            original.flush(timestamp, metrics),
            theirs.until((bytes) => bytes.length > 0 && theirs.closed > 0),
          ]);
          const window = makeWindow({ startMs: (timestamp - 10) * 1000, endMs: timestamp * 1000 });
          await sendTo(backend, { ...window, statsd: { ...metrics, timestamp } }, AbortSignal.timeout(10_000));
          const actual = await ours.until((bytes) => bytes.length >= expected.length);
          const what = JSON.stringify({
            legacyNamespace,
            prefixes,
            globalSuffix,
            flushCounts,
            protocol,
            sanitized,
            seconds,
          });
          expect(actual.toString('latin1'), what).toBe(expected.toString('latin1'));
          compared++;
          for (const sink of [ours, theirs]) sink.clear();
        }
        expect(Object.fromEntries(backend.status!().map(({ name, value }) => [name, value]))).toEqual(
          original.status(),
        );
        expect(backend.status!().map(({ name }) => name)).toEqual(Object.keys(original.status()));
        await backend.stop?.();
      }
      await ours.close();
      await theirs.close();
      expect(compared).toBe(combinations.length);
    },
    60_000,
  );
});

const common = {
  startupTime: START,
  processingTime: 3,
  percentThreshold: [90, -10, 99.9],
  counters: [
    ['statsd.bad_lines_seen', 0],
    ['statsd.packets_received', 7],
    ['statsd.metrics_received', 1e21],
    ['c', 5],
    ['c;env=prod;region=eu', -2.5],
    ['', 1],
    ['m4;;', 2],
    ['rate', 0.1 + 0.2],
    ['__x.y-z', 1e-7],
  ],
  timerData: [
    [
      't;env=prod',
      {
        fields: {
          count_90: 9,
          mean_90: 0.1,
          upper_90: 90,
          sum_90: 1,
          sum_squares_99_9: 2,
          lower_top10: 3,
          std: 0,
          count: 10,
        },
        histogram: { bin_50: 1, bin_75_5: 2, bin_inf: 3 },
      },
    ],
    ['idle', { fields: { count_ps: 0, count: 0 } }],
  ],
  gauges: [
    ['statsd.timestamp_lag', 0],
    ['g;a=b', -1.5],
  ],
  sets: [
    ['u', ['a', 'b']],
    ['u;k=v', []],
  ],
} as const;

const clean = makeStatsd(common);
/** As with `keyNameSanitize: false`, without that in the tags which makes two lines of one or breaks the pickle. */
const dirty = makeStatsd({
  ...common,
  counters: [...common.counters, ['a b/c$d\t(e)', 3], ["it's;k=v/w:x$", 4]],
  gauges: [...common.gauges, ['größe  x', 2]],
});

interface Original {
  flush(timestamp: number, metrics: StatsdMetrics): void;
  status(): Record<string, number>;
}

/** The module keeps its namespaces for as long as it is loaded, so that each test needs one of its own. */
function loadOriginal(config: object): Original {
  const require = createRequire(import.meta.url);
  const path = require.resolve('statsd/backends/graphite.js');
  delete require.cache[path];
  const events = new EventEmitter();
  require(path).init(START, config, events, { log() {} });
  return {
    flush: (timestamp, metrics) => void events.emit('flush', timestamp, originalHash(metrics)),
    status() {
      const stats: Record<string, number> = {};
      events.emit('status', (_error: unknown, _group: string, name: string, value: number) => {
        stats[name] = value;
      });
      return stats;
    },
  };
}

/** Keeps what it is sent. */
async function openSink() {
  let chunks: Buffer[] = [];
  let closed = 0;
  const server = createServer((socket) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => closed++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    get closed() {
      return closed;
    },
    clear() {
      chunks = [];
      closed = 0;
    },
    async until(condition: (bytes: Buffer) => boolean): Promise<Buffer> {
      return vi.waitFor(
        () => {
          const bytes = Buffer.concat(chunks);
          if (!condition(bytes)) throw new Error(`only ${bytes.length} bytes arrived`);
          return bytes;
        },
        { timeout: 5000, interval: 2 },
      );
    },
    async close() {
      const end = once(server, 'close');
      server.close();
      await end;
    },
  };
}
