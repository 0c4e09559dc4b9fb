import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { createConsole } from '../../../backends/console/backend.ts';
import type { ConsoleConfig } from '../../../backends/console/config.ts';
import consolePlugin from '../../../backends/console/index.ts';
import type { OutputStream } from '../../../backends/console/standard-output.ts';
import { kit } from '../../../src/config/kit.ts';
import type { MetricType, Window } from '../../../src/plugin.ts';
import { type BackendHarness, backendContract } from '../../contract/backend.ts';
import { backendPluginContract } from '../../contract/backend-plugin.ts';
import { sendTo } from '../../helper/sending.ts';
import { withStatsd } from '../../helper/statsd-hash.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../helper/window.ts';

const TEXT: ConsoleConfig = { format: 'text', prettyprint: false, selfMetrics: false, maxSeries: 100 };
const JSON_LINES: ConsoleConfig = { ...TEXT, format: 'json' };
const STATSD: ConsoleConfig = { ...TEXT, format: 'statsd' };

/** Keeps what is written. While it is stalled, it takes one chunk and does not say that it is done with it. */
class Captured extends Writable {
  text = '';
  chunks = 0;
  private stalled = false;
  private release: (() => void) | undefined;

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.chunks++;
    if (this.stalled) this.release = done;
    else done();
  }

  stall(): void {
    this.stalled = true;
  }

  resume(): void {
    this.stalled = false;
    this.release?.();
  }
}

/** What the formats show of a series, by type and name, in all windows so far. */
const readers = { text: textValues, json: jsonValues, statsd: statsdValues };

/** Everything is repeated, with the counts of nothing. */
const expected = {
  counter: [70, 0],
  gauge: [70, 70],
  timer: [70, 0],
  histogram: [70, 0],
  distribution: [70, 0],
  set: [70, 0],
};

for (const format of ['text', 'json', 'statsd']) {
  backendPluginContract(`console (${format})`, { plugin: consolePlugin, block: { format } });
}

for (const config of [TEXT, JSON_LINES, STATSD]) {
  const original = config.format === 'statsd';
  const open = async (): Promise<BackendHarness> => {
    const stream = new Captured();
    const values = (type: MetricType, name: string) => readers[config.format](stream.text, type, name);
    return {
      // So many that no series of the suite is left out of its table.
      create: (context) => createConsole({ ...config, maxSeries: 1_000_000 }, context, () => stream, {}),
      ...(original ? { given: withStatsd } : { held: { values: async (...of) => values(...of), expected } }),
      gauge: async (name) => values('gauge', name).at(-1),
      stall: { begin: () => stream.stall(), series: 1000 },
      close: async () => {
        expect(stream.listenerCount('error')).toBe(0);
        stream.destroy();
      },
    };
  };
  backendContract(`console (${config.format})`, open, { connects: false, loses: false, holds: !original });
}

function textValues(text: string, _: MetricType, name: string): readonly number[] {
  const rows = text.split('\n').filter((line) => line.startsWith(`${name} `));
  return rows.map((row) => Number(row.slice(name.length).trim().split(/\s+/)[0]));
}

function jsonValues(text: string, type: MetricType, name: string): readonly number[] {
  type Entry = { name?: string; type: string; value?: number; count?: number };
  const entries = text
    .split('\n')
    .slice(0, -1)
    .map((line): Entry => JSON.parse(line))
    .filter((entry) => entry.type === type && entry.name === name);
  return entries.map(({ value, count }) => value ?? count ?? Number.NaN);
}

/** Of gauges. */
function statsdValues(text: string, _: MetricType, name: string): readonly number[] {
  const gauges = text.slice(text.lastIndexOf('\n  gauges: {'), text.lastIndexOf('\n  timer_data: {'));
  const value = new RegExp(`'${name.replaceAll('.', '\\.')}': (\\d+)`).exec(gauges)?.[1];
  return value === undefined ? [] : [Number(value)];
}

describe('the stream of the console', () => {
  const setUp = async (config: ConsoleConfig) => {
    const stream = new Captured();
    const backend = createConsole(config, recordingContext(), () => stream, {});
    await backend.start?.();
    return { stream, send: (window: Window, signal = AbortSignal.timeout(20_000)) => sendTo(backend, window, signal) };
  };

  it('is given one chunk at a time', async () => {
    const { stream, send } = await setUp(JSON_LINES);
    stream.stall();
    const sent = send(manySeries(5000));
    await vi.waitFor(() => expect(stream.chunks).toBe(1));
    await turns(10);
    expect(stream.chunks).toBe(1);
    expect(stream.writableLength).toBeLessThan(100_000);
    stream.resume();
    await sent;
    expect(stream.chunks).toBeGreaterThan(3);
    expect(stream.text.split('\n')).toHaveLength(5002);
  });

  it('is not filled by attempts that come to nothing', async () => {
    const { stream, send } = await setUp(JSON_LINES);
    stream.stall();
    for (let attempt = 0; attempt < 5; attempt++) {
      const controller = new AbortController();
      const sent = send(manySeries(5000), controller.signal);
      const failed = expect(sent).rejects.toThrow('standard output: not written before the deadline');
      await turns(3);
      controller.abort();
      await failed;
    }
    expect(stream.chunks).toBe(1);
    expect(stream.writableLength).toBeLessThan(100_000);
    stream.resume();
    await send(gauge(7));
    expect(jsonValues(stream.text, 'gauge', 'g')).toContain(7);
  });

  it.each([JSON_LINES, STATSD])('is given nothing after the deadline ($format)', async (config) => {
    const stream = new Captured();
    const backend = createConsole(config, recordingContext(), () => stream, {});
    await expect(sendTo(backend, withStatsd(gauge(1)), AbortSignal.abort(new Error('too late')))).rejects.toThrow(
      'standard output: not written before the deadline',
    );
    expect(stream.text).toBe('');
    await backend.stop?.();
  });

  it('rejects for good when it is closed', async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const backend = createConsole(TEXT, recordingContext(), () => stream, {});
    await backend.start?.();
    const expected = { message: expect.stringContaining('standard output: '), permanent: true };
    await expect(sendTo(backend, gauge(1), AbortSignal.timeout(1000))).rejects.toMatchObject(expected);
    await expect(sendTo(backend, gauge(2), AbortSignal.timeout(1000))).rejects.toMatchObject(expected);
    await backend.stop?.();
  });

  it('is given once more what it failed on', async () => {
    let full = true;
    const taken: string[] = [];
    const write: OutputStream['write'] = (text, done) => {
      if (!full) taken.push(text.toString());
      done(full ? Object.assign(new Error('no space left'), { code: 'ENOSPC' }) : null);
      return true;
    };
    const backend = createConsole(JSON_LINES, recordingContext(), () => ({ write, on() {}, off() {} }), {});
    await backend.start?.();
    const window = gauge(1);
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(sendTo(backend, window, AbortSignal.timeout(1000))).rejects.toMatchObject({
        message: 'standard output: no space left',
        permanent: false,
      });
    }
    full = false;
    await sendTo(backend, window, AbortSignal.timeout(1000));
    expect(taken.join('').match(/"name":"g"/g)).toHaveLength(1);
  });
});

describe('change', () => {
  it('compares with the window before, and not with itself when it is sent again', async () => {
    const stream = new Captured();
    const backend = createConsole(TEXT, recordingContext(), () => stream, {});
    await backend.start?.();
    await sendTo(backend, gauge(5), AbortSignal.timeout(20_000));
    stream.stall();
    const controller = new AbortController();
    const again = gauge(8);
    const failed = expect(sendTo(backend, again, controller.signal)).rejects.toThrow();
    await vi.waitFor(() => expect(stream.chunks).toBe(2));
    controller.abort();
    await failed;
    stream.resume();
    await sendTo(backend, again, AbortSignal.timeout(20_000));
    await sendTo(backend, gauge(8), AbortSignal.timeout(20_000));
    await sendTo(backend, gauge(7.5), AbortSignal.timeout(20_000));
    expect(stream.text.match(/^g .*$/gm)?.map((row) => row.split(/\s+/).slice(1))).toEqual([
      ['5'],
      ['8', '+3'],
      ['8'],
      ['7.5', '-0.5'],
    ]);
  });
});

describe('status', () => {
  it('tells when it last printed, and last failed', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000_000 });
    try {
      let broken = false;
      const write = (_text: string, done: (error?: Error | null) => void) => {
        done(broken ? new Error('no space left') : null);
        return true;
      };
      const context = recordingContext();
      const backend = createConsole(TEXT, context, () => ({ write, on() {}, off() {} }), {});
      const { startupTime } = context.statsd;
      const status = () => backend.status!().map(({ group, name, value }) => `${group}.${name}: ${value}`);
      expect(status()).toEqual([`console.lastFlush: ${startupTime}`, `console.lastException: ${startupTime}`]);
      vi.setSystemTime(1010_000);
      await sendTo(backend, gauge(1), new AbortController().signal);
      vi.setSystemTime(1020_000);
      broken = true;
      await expect(sendTo(backend, gauge(2), new AbortController().signal)).rejects.toThrow('no space left');
      expect(status()).toEqual(['console.lastFlush: 1010', 'console.lastException: 1020']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the console plugin', () => {
  const schema = consolePlugin.config!(kit);

  it('has defaults', () => {
    expect(schema.parse({})).toEqual({ format: 'text', prettyprint: false, selfMetrics: false, maxSeries: 100 });
  });

  it.each([{ format: 'xml' }, { maxSeries: 0 }, { maxSeries: 1.5 }, { selfMetrics: 'no' }, { colour: true }])(
    'refuses %j',
    (block) => {
      expect(schema.safeParse(block).success).toBe(false);
    },
  );

  it('prints prettily only as the original', () => {
    expect(schema.parse({ format: 'statsd', prettyprint: true })).toEqual({ ...STATSD, prettyprint: true });
    const [issue] = schema.safeParse({ prettyprint: true }).error?.issues ?? [];
    expect(issue).toMatchObject({ path: ['prettyprint'], message: 'needs "format": "statsd"' });
  });

  it('reads the metrics of the original only for its format', () => {
    expect([TEXT, JSON_LINES, STATSD].map((config) => consolePlugin.readsStatsd!(config))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('describes itself', () => {
    expect(consolePlugin.describe!(JSON_LINES)).toBe('standard output (json)');
  });

  it('prints to standard output', async () => {
    const listeners = process.stdout.listenerCount('error');
    const written = vi.spyOn(process.stdout, 'write').mockImplementation((_text, encodingOrDone, done) => {
      const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
      callback?.();
      return true;
    });
    try {
      const backend = consolePlugin.create(JSON_LINES, recordingContext());
      await backend.start?.();
      await sendTo(backend, gauge(3), AbortSignal.timeout(20_000));
      await backend.stop?.();
      expect(jsonValues(written.mock.calls.map(([text]) => String(text)).join(''), 'gauge', 'g')).toEqual([3]);
    } finally {
      written.mockRestore();
    }
    expect(process.stdout.listenerCount('error')).toBe(listeners);
  });
});

function gauge(value: number): Window {
  return makeWindow({ series: [{ type: 'gauge', name: 'g', value }] });
}

function manySeries(count: number): Window {
  const series: SeriesInput[] = [];
  for (let i = 0; i < count; i++) series.push({ type: 'gauge', name: `many.${i}`, value: i });
  return makeWindow({ series });
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
