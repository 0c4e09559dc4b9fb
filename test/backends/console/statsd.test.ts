import { Console } from 'node:console';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { createConsole } from '../../../backends/console/backend.ts';
import { statsdText } from '../../../backends/console/statsd.ts';
import type { StatsdMetrics } from '../../../src/plugin.ts';
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

describe('the format of the original', () => {
  it('a date and the whole hash', () => {
    const hash = makeStatsd({ counters: { a: 1 }, timers: { t: [2] }, gauges: [['__proto__', 3]], sets: { s: ['m'] } });
    expect(statsdText(hash, { prettyprint: false, colour: false })).toBe(
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
  ])('is what the original prints: %s', (_, prettyprint, colour) => {
    const text = statsdText(metrics, { prettyprint, colour });
    expect(text).toBe(printedByOriginal(metrics, prettyprint, colour));
    expect(text.includes('[Object]')).toBe(!prettyprint);
  });

  it('needs the metrics of the original', async () => {
    const config = { format: 'statsd', prettyprint: false, selfMetrics: false, maxSeries: 100 } as const;
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    const backend = createConsole(config, recordingContext(), () => stream, {});
    await expect(backend.send(makeWindow(), AbortSignal.timeout(1000))).rejects.toMatchObject({
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
