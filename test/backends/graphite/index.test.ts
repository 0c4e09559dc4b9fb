import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import graphite from '../../../backends/graphite/index.ts';
import { kit } from '../../../src/config/kit.ts';
import type { MetricType, SendingBackend, Window } from '../../../src/plugin.ts';
import { type BackendHarness, backendContract } from '../../contract/backend.ts';
import { backendPluginContract } from '../../contract/backend-plugin.ts';
import { FakeCarbon } from '../../helper/fake-carbon.ts';
import { payloadsOf, sendTo } from '../../helper/sending.ts';
import { withStatsd } from '../../helper/statsd-hash.ts';
import {
  makeWindow,
  type RecordingContext,
  recordingContext,
  type SeriesInput,
  type WindowInput,
} from '../../helper/window.ts';

const config = (port: number, block: object = {}) => graphite.config!(kit).parse({ port, ...block });

/** Everything is repeated, with the counts of nothing. */
const expected = {
  counter: [70, 0],
  gauge: [70, 70],
  timer: [70, 0],
  histogram: [70, 0],
  distribution: [70, 0],
  set: [70, 0],
};

const unsendable: WindowInput = {
  series: [
    { type: 'gauge', name: 'x'.repeat(5000), value: 1 },
    { type: 'set', name: 'y'.repeat(5000), value: 1 },
    { type: 'gauge', name: 'contract.not.finite', value: Number.NaN },
  ],
};

const destinations = [{ host: '127.0.0.1' }, { host: '127.0.0.2' }];
for (const block of [{}, { protocol: 'pickle' }, { statsd: {} }, { destinations, hashing: 'carbon_ch' }]) {
  backendPluginContract(`graphite ${JSON.stringify(block)}`, { plugin: graphite, block });
}

for (const [title, block] of [
  ['graphite', {}],
  ['graphite (pickle)', { protocol: 'pickle' }],
  ['graphite (statsd)', { statsd: {} }],
  ['graphite (statsd, pickle)', { protocol: 'pickle', statsd: {} }],
  ['graphite (two, hashed)', { hashing: 'jump_fnv1a_ch' }],
] as const) {
  const original = 'statsd' in block;
  const open = async (): Promise<BackendHarness> => {
    const carbons = Array.from(
      { length: 'hashing' in block ? 2 : 1 },
      () => new FakeCarbon('protocol' in block ? block.protocol : 'text'),
    );
    const all = async (act: (carbon: FakeCarbon) => Promise<void> | void) => {
      for (const carbon of carbons) await act(carbon);
    };
    await all((carbon) => carbon.up());
    const several = () => ({ destinations: carbons.map(({ port }) => ({ host: '127.0.0.1', port })), ...block });
    const given = () => ('hashing' in block ? graphite.config!(kit).parse(several()) : config(carbons[0]!.port, block));
    const valuesOf = (path: string) =>
      carbons
        .flatMap(({ lines }) => lines)
        .filter((line) => line.startsWith(`${path} `))
        .map((line) => Number(line.split(' ')[1]));
    return {
      create: (context) => graphite.create(given(), context),
      ...(original ? { given: withStatsd } : { held: { values: async (...of) => valuesOf(pathOf(...of)), expected } }),
      async gauge(name) {
        expect(carbons.flatMap(({ invalid }) => invalid)).toEqual([]);
        return valuesOf(`stats.gauges.${name}`).at(-1);
      },
      leavesOut: { items: unsendable, losses: { name_too_long: 2, not_finite: 1 } },
      close: () => all((carbon) => carbon.down()),
      server: {
        down: () => all((carbon) => carbon.down()),
        up: () => all((carbon) => carbon.up()),
        failing(on) {
          for (const carbon of carbons) carbon.failing = on;
        },
      },
      stall: { begin: () => all((carbon) => carbon.pause()), series: 150_000 * carbons.length },
    };
  };
  backendContract(title, open, { holds: !original });
}

/** Of gauges the value, of other types the count. */
function pathOf(type: MetricType, name: string): string {
  return `stats.${type}s.${name}${type === 'gauge' ? '' : '.count'}`;
}

describe('graphite over TCP', () => {
  let carbon: FakeCarbon;
  let context: RecordingContext;
  let backend: SendingBackend;

  beforeEach(async () => {
    carbon = new FakeCarbon();
    await carbon.up();
    context = recordingContext();
    backend = graphite.create(config(carbon.port), context) as SendingBackend;
  });

  afterEach(async () => {
    await backend.stop?.();
    await carbon.down();
  });

  const send = (window: Window) => sendTo(backend, window, AbortSignal.timeout(10_000));
  const arrive = (lines: readonly string[]) => vi.waitFor(() => expect(carbon.lines).toEqual(lines));
  const restart = async (how: 'reset' | 'end') => {
    await carbon.down(how);
    await noSockets();
    carbon.reading = true;
    await carbon.up();
  };

  it('keeps one connection', async () => {
    for (const value of [1, 2, 3]) await send(gauge(value));
    await arrive([line(1), line(2), line(3)]);
    expect(carbon.accepted).toBe(1);
  });

  it('connects only when there is something to send', async () => {
    await carbon.down();
    await send(makeWindow());
    await carbon.up();
    await send(gauge(1));
    await arrive([line(1)]);
  });

  it('repeats the window that a server left unread when it went away', async () => {
    await send(gauge(1));
    await arrive([line(1)]);
    carbon.pause();
    await send(gauge(2));
    await restart('reset');
    await send(gauge(3));
    await arrive([line(1), line(1), line(2), line(3)]);
  });

  it('notices that the server closed the connection while there was nothing to send', async () => {
    carbon.onAccept = (socket) => socket.write('a banner that nobody asked for');
    await send(gauge(1));
    await arrive([line(1)]);
    await restart('end');
    await send(gauge(2));
    await arrive([line(1), line(1), line(2)]);
  });

  it('repeats all windows that were written at once', async () => {
    carbon.pause();
    for (const value of [1, 2, 3]) await send(gauge(value));
    await restart('reset');
    await send(gauge(4));
    await arrive([line(1), line(2), line(3), line(4)]);
  });

  it('keeps what it has to repeat while the server is down, for an empty window too', async () => {
    carbon.pause();
    await send(gauge(1));
    await carbon.down();
    await noSockets();
    for (const window of [gauge(2), gauge(2), makeWindow()]) await expect(send(window)).rejects.toThrow('ECONNREFUSED');
    carbon.reading = true;
    await carbon.up();
    await send(makeWindow());
    await arrive([line(1)]);
  });

  it('loses nothing that it took to a proxy that accepts and closes', async () => {
    carbon.onAccept = (socket) => socket.destroy();
    const taken: string[] = [];
    for (const value of [1, 2, 3]) {
      const [result] = await Promise.allSettled([send(gauge(value))]);
      if (result?.status === 'fulfilled') taken.push(line(value));
    }
    await noSockets();
    carbon.onAccept = undefined;
    await send(gauge(4));
    await arrive([...taken, line(4)]);
  });

  it('stop resolves after the server has read everything', async () => {
    carbon.pause();
    const series: SeriesInput[] = [];
    for (let i = 0; i < 20_000; i++) series.push({ type: 'gauge', name: `g${i}`, value: i });
    await send(makeWindow({ series }));
    const stopped = backend.stop?.();
    carbon.resume();
    await stopped;
    expect(carbon.lines).toHaveLength(20_000);
    expect(context.logged).toEqual([]);
  });

  it('stop does not wait for ever for a server that reads nothing, and says so', async () => {
    carbon.pause();
    await send(gauge(1));
    await backend.stop?.();
    expect(context.logged).toEqual([
      { level: 'warn', message: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+ did not confirm .* may be missing$/) },
    ]);
  });

  it('names the server in its errors', async () => {
    await carbon.down();
    await expect(send(gauge(1))).rejects.toThrow(
      `tcp://127.0.0.1:${carbon.port}: connect ECONNREFUSED 127.0.0.1:${carbon.port}`,
    );
    const [payload] = await payloadsOf(backend.encode(gauge(1)));
    await expect(backend.deliver(payload!, 'carbon', AbortSignal.abort())).rejects.toThrow(
      `tcp://127.0.0.1:${carbon.port}: not sent before the deadline`,
    );
  });

  it('counts what could not be sent once per window', async () => {
    const window = makeWindow({
      series: [
        { type: 'gauge', name: 'a', value: Number.NaN },
        { type: 'gauge', name: 'x'.repeat(5000), value: 1 },
        { type: 'gauge', name: 'y'.repeat(5000), value: 1 },
        { type: 'gauge', name: 'b', value: 1 },
      ],
    });
    await carbon.down();
    await expect(send(window)).rejects.toThrow();
    await carbon.up();
    await send(window);
    expect([...context.losses]).toEqual([
      ['not_finite', 1],
      ['name_too_long', 2],
    ]);
  });
});

describe('graphite configuration', () => {
  const schema = graphite.config!(kit);

  it('has defaults', () => {
    expect(schema.parse({})).toEqual({
      host: '127.0.0.1',
      port: 2003,
      protocol: 'text',
      replication: 1,
      diverseReplicas: false,
      prefix: 'stats',
      tags: 'graphite',
      statsd: undefined,
    });
  });

  it.each([{ prefix: '' }, { prefix: 'a.b-c_d' }, { tags: 'drop' }, { host: '::1', port: 1 }])('takes %j', (block) => {
    expect(schema.parse(block)).toMatchObject(block);
  });

  it.each([{ prefix: 'a b' }, { prefix: '.a' }, { prefix: 'a.' }, { tags: 'yes' }, { host: '' }, { hots: 'x' }])(
    'refuses %j',
    (block) => {
      expect(schema.safeParse(block).success).toBe(false);
    },
  );

  it.each([
    ['127.0.0.1', 'tcp://127.0.0.1:2003 (text)'],
    ['::1', 'tcp://[::1]:2003 (text)'],
  ])('describes %s', (host, text) => {
    expect(graphite.describe!(schema.parse({ host }))).toBe(text);
  });
});

const start = 1_700_000_000;

function gauge(value: number): Window {
  return makeWindow({ endMs: (start + value * 10) * 1000, series: [{ type: 'gauge', name: 'g', value }] });
}

function line(value: number): string {
  return `stats.gauges.g ${value} ${start + value * 10}`;
}

/** Both ends of every connection know that it is closed. */
async function noSockets(): Promise<void> {
  await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap'));
}
