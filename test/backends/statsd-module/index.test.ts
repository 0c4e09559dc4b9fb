import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import statsdModule from '../../../backends/statsd-module/index.ts';
import { addLog } from '../../../backends/statsd-module/logger.ts';
import type { Backend, StatsdMetrics, StatsdSet, StatsdTimerData, Window } from '../../../src/plugin.ts';
import { backendContract } from '../../contract/backend.ts';
import { backendPluginContract } from '../../contract/backend-plugin.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeWindow, recordingContext } from '../../helper/window.ts';

const require = createRequire(import.meta.url);
const file = fileURLToPath(new URL('../../fixtures/modules/tcp-lines.cjs', import.meta.url));

/** The hash of the original, of which modules only see what they are given. */
type Hash = Record<string, Record<string, unknown>>;

interface Seen {
  readonly startupTime: number;
  readonly config: Record<string, unknown>;
  readonly logger: { log(message: unknown, level?: string): void };
  readonly flushes: { readonly timestamp: number; readonly metrics: Hash }[];
  readonly packets: { readonly packet: Buffer | string; readonly rinfo: object }[];
}

const seen = (): Seen => (require(file) as { seen: Seen }).seen;

function metricsOf(values: Partial<StatsdMetrics>): StatsdMetrics {
  return {
    timestamp: 1_700_000_010,
    startupTime: 1_700_000_000,
    prefixStats: 'statsd',
    flushIntervalMs: 10_000,
    counters: new Map(),
    counterRates: new Map(),
    gauges: new Map(),
    timers: new Map(),
    timerCounters: new Map(),
    timerData: new Map(),
    sets: new Map(),
    percentThreshold: [90],
    histogram: undefined,
    processingTime: 0,
    ...values,
  };
}

/** What the ledger does, for gauges. */
function withStatsd(window: Window): Window {
  const gauges = new Map<string, number>();
  for (const series of window.series)
    if (series.type === 'gauge') gauges.set([series.name, ...series.tags].join(';'), series.value);
  return { ...window, statsd: metricsOf({ gauges }) };
}

backendPluginContract('statsd-module', {
  plugin: statsdModule,
  block: { module: '/nowhere/module.js', name: 'module', config: {} },
  hidden: [{ block: { module: '/nowhere/module.js', name: 'module', config: { key: 'k3y' } }, secrets: ['k3y'] }],
});

backendContract(
  'statsd-module',
  async () => {
    const gauges = new Map<string, number>();
    const server = createServer((socket) => {
      let text = '';
      socket
        .on('error', () => undefined)
        .on('data', (chunk) => {
          text += chunk;
          for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
            const [name, value] = JSON.parse(text.slice(0, end)) as [string, number];
            gauges.set(name, value);
            text = text.slice(end + 1);
          }
        });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      create: (context) => statsdModule.create({ module: file, name: 'tcp-lines', config: { port } }, context),
      given: withStatsd,
      gauge: async (name) => gauges.get(name),
      close: async () => void server.close(),
    };
  },
  { connects: false, stalls: false, holds: false, loses: false },
);

const running: Backend[] = [];
afterEach(async () => {
  for (const backend of running.splice(0)) await backend.stop?.();
});

async function start(config: object = {}, statsd: object = {}) {
  const context = recordingContext({ statsd });
  const backend = statsdModule.create({ module: file, name: 'tcp-lines', config: { port: 1, ...config } }, context);
  running.push(backend);
  await backend.start?.();
  const send = (metrics: StatsdMetrics) => sendTo(backend, makeWindow({ statsd: metrics }), AbortSignal.timeout(1000));
  return { backend, context, send };
}

const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a;t=v'];
const all = <T>(value: T): Map<string, T> => new Map(odd.map((key) => [key, value]));
const timerData: StatsdTimerData = {
  fields: new Map([
    ['count_90', 1],
    ['std', 0],
  ]),
  histogram: new Map([['bin_50', 1]]),
};
const set: StatsdSet = { values: ['a', '__proto__'], size: 2 };

describe('what a module is given', () => {
  it('at the start: time, configuration, logger', async () => {
    const { context } = await start(
      { own: { key: 1 } },
      { startupTime: 7, flushIntervalMs: 500, config: { shared: 'x', own: 2 } },
    );
    expect(seen()).toMatchObject({
      startupTime: 7,
      config: { shared: 'x', own: { key: 1 }, flushInterval: 500, port: 1 },
    });
    expect(seen().logger).toMatchObject({
      config: {},
      backend: 'stdout',
      level: 'LOG_INFO',
      util: { inspect: expect.any(Function) },
    });
    for (const level of [undefined, 'INFO', 'warning', 'ERROR', 'LOG_CRIT']) seen().logger.log(`said ${level}`, level);
    expect(context.logged.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'said undefined'],
      ['info', 'said INFO'],
      ['warn', 'said warning'],
      ['error', 'said ERROR'],
      ['error', 'said LOG_CRIT'],
    ]);
    expect((globalThis as { prefixStats?: string }).prefixStats).toBe('statsd');
  });

  it('one configuration for all modules, which they may write to', async () => {
    await start({ first: 1 });
    const config = seen().config;
    config.written = true;
    await start({ second: 2 });
    expect(seen().config).toBe(config);
    expect(config).toMatchObject({ first: 1, second: 2, written: true });
  });

  it('the hash of the original, field by field', async () => {
    const { send } = await start();
    const histogram = [{ metric: '', bins: [50, 'inf'] }] as const;
    await send(
      metricsOf({
        counters: all(1),
        counterRates: all(0.1),
        gauges: all(2),
        timers: all([1, 2]),
        timerCounters: all(20),
        timerData: all(timerData),
        sets: all(set),
        percentThreshold: [90, -10],
        histogram,
        processingTime: 3,
      }),
    );
    const { timestamp, metrics } = seen().flushes[0]!;
    expect(timestamp).toBe(1_700_000_010);
    expect(Object.keys(metrics)).toEqual([
      'counters',
      'gauges',
      'timers',
      'timer_counters',
      'sets',
      'counter_rates',
      'timer_data',
      'pctThreshold',
      'histogram',
      'statsd_metrics',
    ]);
    const counters = metrics.counters as object;
    expect(Object.getPrototypeOf(counters)).toBe(Object.prototype);
    for (const field of ['counters', 'gauges', 'timers', 'timer_counters', 'sets', 'counter_rates', 'timer_data']) {
      const walked: string[] = [];
      for (const key in metrics[field]) if (Object.hasOwn(metrics[field], key)) walked.push(key);
      expect(walked, field).toEqual(odd);
    }
    const at = (field: string, key: string) => metrics[field]?.[key];
    for (const key of odd) {
      expect([at('counters', key), at('counter_rates', key), at('gauges', key)]).toEqual([1, 0.1, 2]);
      expect(at('timers', key)).toEqual([1, 2]);
      expect(at('timer_counters', key)).toBe(20);
      expect(at('timer_data', key)).toEqual({ count_90: 1, std: 0, histogram: { bin_50: 1 } });
    }
    expect(Object.keys(at('timer_data', 'a;t=v') as object)).toEqual(['count_90', 'std', 'histogram']);
    expect(metrics.pctThreshold).toEqual([90, -10]);
    expect(metrics.histogram).toEqual([{ metric: '', bins: [50, 'inf'] }]);
    expect(metrics.statsd_metrics).toEqual({ processing_time: 3 });
  });

  it('sets with the methods of the original', async () => {
    const { send } = await start();
    await send(
      metricsOf({
        sets: new Map([
          ['s', set],
          ['estimate', { values: ['a'], size: 5000 }],
        ]),
      }),
    );
    const sets = seen().flushes[0]!.metrics.sets as Record<string, Record<string, (value?: string) => unknown>>;
    const { s, estimate } = sets as {
      s: Record<string, (value?: string) => unknown>;
      estimate: Record<string, () => unknown>;
    };
    expect([s.values!(), s.size!(), s.has!('a'), s.has!('b'), s.has!('__proto__')]).toEqual([
      ['a', '__proto__'],
      2,
      true,
      false,
      true,
    ]);
    s.insert!('b');
    s.insert!('');
    expect([s.values!(), s.size!(), s.has!('b')]).toEqual([['a', '__proto__', 'b'], 3, true]);
    s.clear!();
    expect([s.values!(), s.size!()]).toEqual([[], 0]);
    expect([estimate.values!(), estimate.size!()]).toEqual([['a'], 5000]);
    expect(set.values).toEqual(['a', '__proto__']);
  });

  it('no flush of an attempt that was given up', async () => {
    const { backend, send } = await start();
    const window = makeWindow({ statsd: metricsOf({ gauges: new Map([['a', 1]]) }) });
    const controller = new AbortController();
    const given = sendTo(backend, window, controller.signal);
    controller.abort(new Error('too late'));
    await expect(given).rejects.toThrow('too late');
    expect(seen().flushes).toEqual([]);
    await send(window.statsd!);
    expect(seen().flushes).toHaveLength(1);
  });

  it('a copy that is its own, at each flush', async () => {
    const { send } = await start();
    const metrics = metricsOf({ gauges: new Map([['g', 1]]), timers: new Map([['t', Object.freeze([1, 2])]]) });
    await send(metrics);
    await send(metrics);
    const [one, two] = seen().flushes.map(({ metrics }) => metrics);
    expect(one).not.toBe(two);
    (one!.timers!.t as number[]).length = 0;
    delete one!.gauges!.g;
    expect(two).toMatchObject({ gauges: { g: 1 }, timers: { t: [1, 2] } });
    expect(metrics.gauges.get('g')).toBe(1);
  });

  it('packets where it listens to them: buffers of datagrams, text of streams', async () => {
    expect((await start({ packets: false })).backend.packet).toBeUndefined();
    const { backend } = await start({ packets: true });
    const inside = Buffer.from('..é:1|c..').subarray(2, 8);
    backend.packet?.(inside, { transport: 'datagram', address: '::1', port: 3, family: 'IPv6', size: 6 });
    backend.packet?.(inside, { transport: 'stream', size: 6 });
    expect(seen().packets).toEqual([
      { packet: Buffer.from('é:1|c'), rinfo: { address: '::1', port: 3, family: 'IPv6', size: 6 } },
      { packet: 'C):1|c', rinfo: { size: 6 } },
    ]);
  });
});

describe('what a module says', () => {
  it('about itself, at once and without errors', async () => {
    const { backend, context } = await start();
    expect(backend.status?.()).toEqual([
      { group: 'lines', name: 'last_flush', value: 5 },
      { group: 'lines', name: 'state', value: 'fine' },
    ]);
    expect(context.logged).toEqual([{ level: 'warn', message: 'has no status: no' }]);
    await backend.stop?.();
    expect(backend.status?.()).toEqual([]);
  });
});

describe('util.log', () => {
  it('is added where Node.js has none', () => {
    vi.useFakeTimers({ now: new Date(2026, 10, 6, 9, 5, 7) });
    const printed: string[] = [];
    const util: { log?: (...parts: unknown[]) => void } = {};
    addLog(util, (line) => printed.push(line));
    const added = util.log;
    addLog(util, () => undefined);
    expect(util.log).toBe(added);
    added?.('sent %d', 3, { a: 1 });
    expect(printed).toEqual(['6 Nov 09:05:07 - sent 3 { a: 1 }']);
    vi.useRealTimers();
  });
});
