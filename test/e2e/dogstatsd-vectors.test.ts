import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import tcp from '../../frontends/stream/tcp.ts';
import unix from '../../frontends/stream/unix.ts';
import udp from '../../frontends/udp/index.ts';
import { createShard, type Shard } from '../../src/aggregate/shard.ts';
import { type Dialect, defaultSettings } from '../../src/config/settings.ts';
import type { FrontendKeys } from '../../src/mapping/frontend-rules.ts';
import type { Frontend, FrontendPlugin, Intake, MetricType, Window } from '../../src/plugin.ts';
import { parseEvent, parseServiceCheck } from '../../src/protocol/event.ts';
import { identify } from '../../src/protocol/identity.ts';
import { loadLibc } from '../../src/receive/libc.ts';
import { sendUnixDatagrams } from '../../src/receive/send-unix.ts';
import { configure, frontendContext, waitFor } from '../helper/intake.ts';
import { pollingReceiver } from '../helper/polling-receiver.ts';
import { sendUdp } from '../helper/send.ts';
import { openMerger, windowsOf } from '../helper/shard.ts';
import { lineReader } from '../protocol/lines.ts';

/** What the vectors of the DogStatsD reference are to give, in the dialect `dogstatsd`: the parser, and each transport with a real socket. */

interface Metric {
  readonly type: MetricType;
  readonly name: string;
  readonly values?: readonly number[];
  readonly members?: readonly string[];
  readonly tags: readonly string[];
  readonly host?: string;
  /** 1 / rate, where it counts. */
  readonly weight?: number;
  readonly timestamp?: number;
}

type Outcome = Metric | { readonly rejected: string } | { readonly event: object } | { readonly check: object };

interface Vector {
  readonly number: string;
  readonly text: string;
  /** Base64: one packet. */
  readonly input: string;
  /** One for each line that is not blank. */
  readonly expected: readonly Outcome[];
  /** With `eolRequired`. */
  readonly eolRequired?: boolean;
  /** A stream of frames, and no packet. */
  readonly framed?: boolean;
  /** Tags that `originTags` adds. */
  readonly origin?: readonly string[];
  /** What the Agent does instead. */
  readonly agent?: string;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../fixtures/dogstatsd-vectors.json', import.meta.url), 'utf8'),
);
const bytesOf = ({ input }: Vector) => Buffer.from(input, 'base64');
const packets = vectors.filter(({ framed }) => framed !== true);
const fast = typeof (await loadLibc()) !== 'string';

/** What a window is to say of outcomes: by hand, without anything of the code under test. */
function summaryOf(outcomes: readonly Outcome[]): unknown {
  const series: unknown[] = [];
  const points: unknown[] = [];
  const rejected: string[] = [];
  const others: unknown[] = [];
  for (const outcome of outcomes) {
    if ('rejected' in outcome) rejected.push(outcome.rejected);
    else if ('event' in outcome || 'check' in outcome) others.push(outcome);
    else {
      const { type, name, tags, values = [], members = [], weight = 1, timestamp, host } = outcome;
      const id = { type, name, tags, ...(host === undefined ? {} : { host }) };
      const sum = values.reduce((total, value) => total + value, 0);
      if (timestamp !== undefined) {
        points.push({ ...id, timestamp, value: type === 'counter' ? sum : values.at(-1) });
      } else if (type === 'counter') series.push({ ...id, value: sum * weight });
      else if (type === 'gauge') series.push({ ...id, value: values.at(-1) });
      else if (type === 'set') series.push({ ...id, value: members.length });
      else {
        const [min, max] = [Math.min(...values), Math.max(...values)];
        series.push({ ...id, count: values.length * weight, sum: sum * weight, min, max });
      }
    }
  }
  return { series: inOrder(series), points, rejected: rejected.sort(), others };
}

function windowSummary(window: Window): unknown {
  const series = Array.from(window.series, (one) => {
    const { type, name, tags, host } = one;
    const id = { type, name, tags: [...tags], ...(host === undefined ? {} : { host }) };
    if ('value' in one) return { ...id, value: one.value };
    const { count, sum, min, max } = one.statistics;
    return { ...id, count, sum, min, max };
  });
  const rejected = [...window.account.rejected].flatMap(([reason, lines]) => Array(lines).fill(reason) as string[]);
  const events = window.events.map((event) => ({ event }));
  const checks = window.serviceChecks.map((check) => ({ check }));
  return {
    series: inOrder(series),
    points: [...window.points],
    rejected: rejected.sort(),
    others: [...events, ...checks],
  };
}

/** A window may list series of a type in any order. */
function inOrder<T>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Fields of an event that a vector does not name are not looked at. */
function expectWindow(window: Window, outcomes: readonly Outcome[]): void {
  expect(windowSummary(window)).toMatchObject(summaryOf(outcomes) as object);
}

interface Opened {
  readonly shard: Shard;
  readonly intake: Intake;
  /** What has come since the last time. */
  window(): Window;
}

function open(dialect: Dialect = 'dogstatsd', limits = {}, rules?: FrontendKeys): Opened {
  const all = { ...defaultSettings.limits, ...limits };
  const shard = createShard({ index: 0, limits: all, now: () => performance.now(), seed: 99 });
  const settings = { limits: all, percentiles: [95], expire: { ...defaultSettings.expire, gauge: 0 } };
  const next = windowsOf(openMerger(settings));
  return { shard, intake: shard.intake('test', dialect, rules), window: () => next(shard.handOver(1, false)) };
}

describe('the parser', () => {
  const reader = lineReader(8192, 'utf8');

  it.each(packets.filter(({ eolRequired }) => eolRequired !== true))('I1 vector $number: $text', (vector) => {
    const lines = bytesOf(vector)
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    expect(lines.length).toBe(vector.expected.length);
    for (const [index, line] of lines.entries()) {
      const outcome = vector.expected[index]!;
      const bytes = Buffer.from(line);
      if (line.startsWith('_e{')) {
        const event = parseEvent(bytes, 0, bytes.length, 1);
        if ('event' in outcome) expect(event).toMatchObject(outcome.event);
        else expect([event, outcome]).toEqual([undefined, { rejected: 'bad_event' }]);
      } else if (line.startsWith('_sc|')) {
        const check = parseServiceCheck(bytes, 0, bytes.length, 1);
        if ('check' in outcome) expect(check).toMatchObject(outcome.check);
        else expect([check, outcome]).toEqual([undefined, { rejected: 'bad_service_check' }]);
      } else {
        const read = reader.read(line, 'dogstatsd');
        if (typeof read === 'string') expect({ rejected: read }).toEqual(outcome);
        else {
          const { type, values, members, weight } = read.groups[0]!;
          const key = Buffer.from(read.name + read.tags);
          const identity = identify(key, 0, Buffer.byteLength(read.name), key.length);
          const time = read.timestamp === undefined ? {} : { timestamp: read.timestamp };
          const weighs = type !== 'gauge' && weight !== 1 && read.timestamp === undefined ? { weight } : {};
          const content = members === undefined ? { values } : { members };
          expect({ type, ...identity, ...content, ...weighs, ...time }).toEqual(outcome);
        }
      }
    }
  });
});

const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
afterAll(() => rmSync(folder, { recursive: true }));
const running: Frontend[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});
let sockets = 0;

/** A front-end that runs, with a shard behind it. */
async function listen<Config>(plugin: FrontendPlugin<Config>, block: object, rules?: FrontendKeys) {
  const opened = open('dogstatsd', {}, rules);
  let pushed = 0;
  const seen: Intake = {
    ...opened.intake,
    lines(...args) {
      opened.intake.lines(...args);
      pushed++;
    },
    stream(...args) {
      const stream = opened.intake.stream(...args);
      return {
        push: (chunk) => stream.push(chunk),
        end() {
          stream.end();
          pushed++;
        },
      };
    },
    discard(...args) {
      opened.intake.discard(...args);
      pushed++;
    },
  };
  const context = frontendContext({ receiveDatagrams: pollingReceiver(seen) });
  const frontend = plugin.create(configure(plugin, block), seen, context);
  running.push(frontend);
  const [address = ''] = await frontend.start();
  return { ...opened, address, pushed: () => pushed };
}

interface Transport {
  readonly name: string;
  readonly plugin: () => FrontendPlugin;
  readonly block: () => object;
  send(address: string, packet: Buffer): Promise<void>;
}

async function sendOver(target: NetConnectOpts, chunks: readonly Buffer[]): Promise<void> {
  const socket = connect(target);
  await once(socket, 'connect');
  socket.setNoDelay(true);
  for (const chunk of chunks) await new Promise((resolve) => socket.write(chunk, resolve));
  socket.end();
  await once(socket.resume(), 'close');
}

function frame(packet: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(packet.length);
  return Buffer.concat([head, packet]);
}

const portOf = (address: string) => Number(new URL(address).port);
const fileOf = (address: string) => address.slice('unix:'.length);
const freshPath = () => join(folder, `s${sockets++}`);

const transports: readonly Transport[] = [
  {
    name: 'UDP',
    plugin: () => udp as FrontendPlugin,
    block: () => ({ port: 0, receiver: 'dgram' }),
    send: (address, packet) => sendUdp(portOf(address), packet),
  },
  {
    name: 'TCP',
    plugin: () => tcp as FrontendPlugin,
    block: () => ({ port: 0 }),
    send: (address, packet) => sendOver({ port: portOf(address), host: '127.0.0.1' }, [packet]),
  },
  {
    name: 'Unix streams of frames',
    plugin: () => unix as FrontendPlugin,
    block: () => ({ path: freshPath() }),
    send: (address, packet) => sendOver({ path: fileOf(address) }, [frame(packet)]),
  },
  ...(fast
    ? [
        {
          name: 'Unix datagrams',
          plugin: () => unix as FrontendPlugin,
          block: () => ({ path: freshPath(), mode: 'datagram' }),
          send: (address: string, packet: Buffer) => sendUnixDatagrams(fileOf(address), [packet]),
        },
        {
          name: 'abstract Unix datagrams',
          plugin: () => unix as FrontendPlugin,
          block: () => ({ path: `@statsdrain.${process.pid}.${sockets++}`, mode: 'datagram' }),
          send: (address: string, packet: Buffer) => sendUnixDatagrams(fileOf(address), [packet]),
        },
      ]
    : []),
];

describe.each(transports)('over $name', ({ plugin, block, send }) => {
  it('I1 every vector gives what it is to give, each by itself', async () => {
    const lax = await listen(plugin(), block());
    const strict = await listen(plugin(), { ...block(), eolRequired: true });
    for (const vector of packets) {
      const { address, pushed, window } = vector.eolRequired === true ? strict : lax;
      const before = pushed();
      await send(address, bytesOf(vector));
      await waitFor(() => pushed() > before, vector.text);
      expectWindow(window(), vector.expected);
    }
  });

  it('I1 with "originTags" where a client runs makes tags, and nothing else is different', async () => {
    const { address, pushed, window } = await listen(plugin(), block(), { number: 1, originTags: true });
    // Twice: the second time keys are known.
    for (const vector of [...packets, ...packets].filter(({ eolRequired }) => eolRequired !== true)) {
      const before = pushed();
      await send(address, bytesOf(vector));
      await waitFor(() => pushed() > before, vector.text);
      const tagged = vector.expected.map((outcome) =>
        'name' in outcome ? { ...outcome, tags: [...outcome.tags, ...(vector.origin ?? [])].sort() } : outcome,
      );
      expectWindow(window(), tagged);
    }
  });
});

describe('a stream of frames', () => {
  it.each(vectors.filter(({ framed }) => framed === true))('I1 vector $number', async (vector) => {
    const { address, pushed, window } = await listen(unix as FrontendPlugin, { path: freshPath() });
    await sendOver({ path: fileOf(address) }, [bytesOf(vector)]).catch(() => undefined);
    await waitFor(() => pushed() > 0);
    expectWindow(window(), vector.expected);
  });

  it('keeps what a client sent right before it closed the connection', async () => {
    const { address, window, pushed } = await listen(unix as FrontendPlugin, { path: freshPath() });
    const frames = Array.from({ length: 200 }, (_, i) => frame(Buffer.from(`m:${i}|c`)));
    await sendOver({ path: fileOf(address) }, [Buffer.concat(frames)]);
    await waitFor(() => pushed() >= 200);
    expectWindow(window(), [{ type: 'counter', name: 'm', values: [19_900], tags: [] }]);
  });
});

describe('random cuts of a stream', () => {
  // Events without a time have that of their arrival.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 }));
  afterEach(() => void vi.useRealTimers());

  const all = packets.filter(({ eolRequired }) => eolRequired !== true);
  const texts = all.map((vector) => bytesOf(vector).toString());
  const lines = Buffer.from(texts.join('\n'));
  const framed = Buffer.concat(all.map((vector) => frame(bytesOf(vector))));

  function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
    const at = [...new Set(places.map((place) => place % bytes.length))].sort((a, b) => a - b);
    return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
  }

  const whole = () => {
    const { intake, window } = open();
    intake.lines(lines);
    return windowSummary(window());
  };

  it('I2 change nothing, wherever they are', () => {
    const expected = whole();
    fc.assert(
      fc.property(fc.array(fc.nat(lines.length - 1), { maxLength: 60 }), (places) => {
        const { intake, window } = open();
        const stream = intake.stream();
        for (const chunk of cut(lines, places)) stream.push(chunk);
        stream.end();
        expect(windowSummary(window())).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    { over: 'TCP', seed: 1 },
    { over: 'TCP', seed: 2 },
    { over: 'Unix', seed: 3 },
    { over: 'frames', seed: 4 },
    { over: 'frames', seed: 5 },
  ])('I2 change nothing over a socket of $over, with seed $seed', async ({ over, seed }) => {
    const plugin = (over === 'TCP' ? tcp : unix) as FrontendPlugin;
    const block = over === 'TCP' ? { port: 0 } : { path: freshPath() };
    const { address, pushed, window } = await listen(plugin, block);
    const bytes = over === 'frames' ? framed : lines;
    const places = fc.sample(fc.nat(bytes.length - 1), { numRuns: 100, seed });
    const target = over === 'TCP' ? { port: portOf(address), host: '127.0.0.1' } : { path: fileOf(address) };
    await sendOver(target, cut(bytes, places));
    await waitFor(() => pushed() >= (over === 'frames' ? all.length : 1));
    expect(windowSummary(window())).toEqual(whole());
  });
});

describe('the dialect', () => {
  it.each([
    { dialect: 'dogstatsd', lines: 'g:5|g\ng:+3|g\ng:-1|g', gauge: -1 },
    { dialect: 'auto', lines: 'g:5|g\ng:+3|g\ng:-1|g', gauge: 7 },
    { dialect: 'statsd', lines: 'g:5|g\ng:+3|g\ng:-1|g', gauge: 7 },
  ] as const)('I3 $dialect: a signed gauge', ({ dialect, lines, gauge }) => {
    const { intake, window } = open(dialect);
    intake.lines(Buffer.from(lines));
    expectWindow(window(), [{ type: 'gauge', name: 'g', values: [gauge], tags: [] }]);
  });

  it('I3 that of one front-end is not that of another with the same shard', () => {
    const { shard, intake, window } = open('dogstatsd');
    const other = shard.intake('other', 'auto');
    for (let round = 0; round < 3; round++) {
      intake.lines(Buffer.from('a:+5|g'));
      other.lines(Buffer.from('b:+5|g'));
    }
    expectWindow(window(), [
      { type: 'gauge', name: 'a', values: [5], tags: [] },
      { type: 'gauge', name: 'b', values: [15], tags: [] },
    ]);
  });
});

describe('limits', () => {
  it('I4 the longest line', () => {
    const { intake, window } = open('dogstatsd', { lineLength: 16 });
    intake.lines(Buffer.from('12345678901:1|c\n123456789012:1|c\n1234567890123:1|c'));
    expectWindow(window(), [
      { type: 'counter', name: '12345678901', values: [1], tags: [] },
      { type: 'counter', name: '123456789012', values: [1], tags: [] },
      { rejected: 'line_too_long' },
    ]);
  });

  it('I4 the most tags: the others are left out, and those for the Agent are none of them', () => {
    const { intake, window } = open('dogstatsd', { tags: 2 });
    intake.lines(Buffer.from('a:1|c|#d,c,b,a\nb:1|c|#host:h,d,dd.internal.card:low,c,b'));
    expectWindow(window(), [
      { type: 'counter', name: 'a', values: [1], tags: ['c', 'd'] },
      { type: 'counter', name: 'b', values: [1], tags: ['c', 'd'], host: 'h' },
    ]);
  });

  it('I4 the most contexts: what is over them is in one series', () => {
    const { intake, window } = open('dogstatsd', { series: 2 });
    intake.lines(Buffer.from('a:1|c\nb:1|c\nc:1|c\nd:1|c\na:1|c'));
    expectWindow(window(), [
      { type: 'counter', name: 'a', values: [2], tags: [] },
      { type: 'counter', name: 'b', values: [1], tags: [] },
      { type: 'counter', name: 'statsdrain.overflow.counter', values: [2], tags: [] },
    ]);
  });
});

describe('values of histograms', () => {
  it.each(['h', 'ms', 'd'])('I5 the samples of the reference, as %s', (type) => {
    const { intake, window } = open();
    intake.lines(Buffer.from(`t:1:2:3:4|${type}`));
    const [series] = window().series;
    if (series === undefined || !('statistics' in series)) throw new Error('no statistics');
    const { count, max, mean, percentiles } = series.statistics;
    // The median of the Agent is the lower one of the two in the middle.
    expect({ count, max, mean, median: series.quantile(0.5) }).toEqual({ count: 4, max: 4, mean: 2.5, median: 2 });
    expect([percentiles.get(95), series.quantile(0.95)]).toEqual([4, 4]);
  });

  it('I5 weights are exact, and their values are there for those that count otherwise', () => {
    const { intake, window } = open();
    intake.lines(Buffer.from('t:1:2|ms|@0.3'));
    const [series] = window().series;
    if (series === undefined || !('statistics' in series)) throw new Error('no statistics');
    expect(series.statistics.count).toBeCloseTo(20 / 3, 12);
    expect(series.statistics.mean).toBe(1.5);
    expect([...series.values()!]).toEqual([
      [1, 1 / 0.3],
      [2, 1 / 0.3],
    ]);
  });
});
