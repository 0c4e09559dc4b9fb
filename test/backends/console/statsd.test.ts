import { Console } from 'node:console';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { createConsole } from '../../../backends/console/backend.ts';
import { statsdText } from '../../../backends/console/statsd.ts';
import type { StatsdMetrics } from '../../../src/plugin.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeStatsd, originalHash } from '../../helper/statsd-hash.ts';
import { makeWindow, recordingContext } from '../../helper/window.ts';

const many = Array.from({ length: 130 }, (_, index) => index);

const metrics = makeStatsd({
  counters: { 'statsd.bad_lines_seen': 0, c: 5, 'k;env=prod': 1e21, constructor: 3 },
  timers: { t: [1, 2, 4], many, idle: [] },
  gauges: { 'g.a': -1.5, plain: 1 },
  timerData: {
    t: { fields: { count_90: 3, std: 1.247219128924647, count: 3 }, histogram: { bin_50: 3, bin_inf: 0 } },
    idle: { fields: { count_ps: 0, count: 0 } },
  },
  sets: { users: ['a', "b'c"], none: [] },
  percentThreshold: [90, -10],
});

function numbered<T>(size: number, value: (i: number) => T): [string, T][] {
  return Array.from({ length: size }, (_, i) => [`g.${i}`, value(i)]);
}

/** Each hash that can be large is; an object has keys that look like numbers first. */
const largeMetrics = makeStatsd({
  counters: [
    ...numbered(1500, (i) => i),
    ['__proto__', 1],
    ['10', 2],
    ['9', 3],
    ['09', 4],
    ['4294967295', 5],
    ['k\nl', 6],
  ],
  timers: numbered(1200, (i) => many.slice(0, i % 120)),
  gauges: { small: 1 },
  timerData: numbered(1100, (i) => ({ fields: { count_90: i, mean: i / 7 }, histogram: { bin_50: 1, bin_inf: i } })),
  sets: numbered(2500, (i) => (i % 2 === 0 ? [] : [`m${i}`, 'x'.repeat(i % 100)])),
});

async function textOf(hash: StatsdMetrics, prettyprint: boolean, colour: boolean): Promise<string> {
  let text = '';
  for await (const piece of statsdText(hash, { prettyprint, colour })) text += piece;
  return text;
}

describe('the format of the original', () => {
  it('a date and the whole hash', async () => {
    const hash = makeStatsd({ counters: { a: 1 }, timers: { t: [2] }, gauges: [['__proto__', 3]], sets: { s: ['m'] } });
    expect(await textOf(hash, false, false)).toBe(
      `Flushing stats at  ${new Date(1_700_000_010_000).toString()}
{
  counters: { a: 1 },
  timers: { t: [ 2 ] },
  gauges: { ['__proto__']: 3 },
  timer_data: {},
  counter_rates: { a: 0.1 },
  sets: { s: [ 'm' ] },
  pctThreshold: [ 90 ]
}
`,
    );
  });

  it.each([
    ['plain', false, false],
    ['a terminal', false, true],
    ['prettyprint', true, false],
  ])('is what the original prints: %s', async (_, prettyprint, colour) => {
    const text = await textOf(metrics, prettyprint, colour);
    expect(text).toBe(printedByOriginal(metrics, prettyprint, colour));
    expect(text.includes('[Object]')).toBe(!prettyprint);
    const large = await textOf(largeMetrics, prettyprint, colour);
    expect(large.split('\n')).toEqual(printedByOriginal(largeMetrics, prettyprint, colour).split('\n'));
  });

  it.each([998, 999, 1000, 1001, 1499, 1500, 2001])('is that of the original with %i entries', async (size) => {
    const hash = makeStatsd({ counterRates: {}, gauges: numbered(size, (i) => i) });
    expect(await textOf(hash, false, false)).toBe(printedByOriginal(hash, false, false));
  });

  it('needs the metrics of the original', async () => {
    const config = { format: 'statsd', prettyprint: false, selfMetrics: false, maxSeries: 100 } as const;
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    const backend = createConsole(config, recordingContext(), () => stream, {});
    await expect(sendTo(backend, makeWindow(), AbortSignal.timeout(1000))).rejects.toMatchObject({
      message: expect.stringContaining('"format": "statsd"'),
      permanent: true,
    });
  });
});

/** The original prints to the global console; here it is one that writes into a string. */
function printedByOriginal(hash: StatsdMetrics, prettyprint: boolean, colour: boolean): string {
  let text = '';
  const stdout = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const captured = new Console({ stdout, colorMode: colour });
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => captured.log(...values));
  try {
    const events = new EventEmitter();
    createRequire(import.meta.url)('statsd/backends/console.js').init(0, { console: { prettyprint } }, events);
    events.emit('flush', hash.timestamp, originalHash(hash));
  } finally {
    log.mockRestore();
  }
  return text;
}
