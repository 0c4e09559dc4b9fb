import { once } from 'node:events';
import { createServer } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Config, LoadedFrontend } from '../../src/config/load.ts';
import { defaultSettings, defaultStatsdSettings, type Settings } from '../../src/config/settings.ts';
import { linkTo } from '../../src/dispatch/link.ts';
import { runDispatch } from '../../src/dispatch/service.ts';
import { createPipeline, type Pipeline } from '../../src/pipeline.ts';
import type {
  Backend,
  BackendContext,
  BackendPlugin,
  FrontendPlugin,
  Intake,
  ServerView,
  Window,
} from '../../src/plugin.ts';
import { dialogue } from '../helper/dialogue.ts';

const quiet = { info: () => undefined, warn: vi.fn(), error: vi.fn() };

/** A front-end that is pushed into by hand. */
function handFrontend() {
  const state: { intake?: Intake; starts: number; stops: number } = { starts: 0, stops: 0 };
  const plugin: FrontendPlugin<unknown> = {
    kind: 'frontend',
    name: 'hand',
    create: (_config, intake) => ({
      async start() {
        state.intake = intake;
        state.starts++;
        return ['hand://1'];
      },
      async stop() {
        state.stops++;
      },
    }),
  };
  return { state, plugin };
}

function loadedFrontend(plugin: FrontendPlugin, block = '{}'): LoadedFrontend {
  return { name: plugin.name, module: plugin.name, plugin, config: {}, block, dialect: 'auto' };
}

/** A window as plain data: own series left out. */
function userSeries(window: Window): Record<string, number> {
  const found = new Map<string, number>();
  for (const series of window.series) {
    if (series.name.startsWith('statsdrain.')) continue;
    found.set(series.name, 'value' in series ? series.value : series.statistics.count);
  }
  return Object.fromEntries(found);
}

function ownValue(windows: readonly Window[], name: string, tag?: string): number {
  let sum = 0;
  for (const window of windows) {
    for (const series of window.series) {
      if (series.name === name && 'value' in series && (tag === undefined || series.tags.includes(tag))) {
        sum += series.value;
      }
    }
  }
  return sum;
}

const open: Pipeline[] = [];
afterEach(async () => {
  for (const pipeline of open.splice(0)) await pipeline.stop();
});

function start(
  backends: Record<string, Partial<Backend>>,
  frontend: FrontendPlugin,
  changes: Partial<Settings> = {},
  created: (name: string, context: BackendContext) => void = () => undefined,
) {
  const settings = { ...defaultSettings, flushIntervalMs: 50, shutdownTimeoutMs: 1000, ...changes };
  const { port1, port2 } = new MessageChannel();
  const load = async (name: string): Promise<BackendPlugin> => ({
    kind: 'backend',
    name,
    create(_config, context) {
      created(name, context);
      return { send: async () => undefined, ...backends[name] };
    },
  });
  runDispatch(port2, { load, logFor: () => quiet, configureLog: () => undefined, mainStuck: () => undefined });
  const config = (names: readonly string[], frontends: readonly LoadedFrontend[]): Config => ({
    warnings: [],
    mappingFiles: [],
    file: '/config.json',
    settings,
    frontends,
    backends: names.map((name) => ({ name, module: name, plugin: {} as BackendPlugin, config: {}, block: '{}' })),
  });
  const never = new Promise<never>(() => undefined);
  const pipeline = createPipeline({
    config: config(Object.keys(backends), [loadedFrontend(frontend)]),
    dispatch: linkTo(port1, never),
    log: quiet,
    logFor: () => quiet,
  });
  const track = () => open.push(pipeline);
  const closePort = () => port1.close();
  return { pipeline, config, track, closePort };
}

const recorder = () => {
  const windows: Window[] = [];
  return { windows, backend: { send: async (window: Window) => void windows.push(window) } };
};

describe('pipeline and dispatch', () => {
  it('takes lines to every back-end and accounts for each of them', async () => {
    const [one, two] = [recorder(), recorder()];
    const { state, plugin } = handFrontend();
    const { pipeline, closePort } = start({ one: one.backend, two: two.backend }, plugin);
    expect(await pipeline.start()).toEqual({
      admin: [],
      frontends: [{ frontend: 'hand', addresses: ['hand://1'] }],
      backends: [
        { backend: 'one', addresses: [] },
        { backend: 'two', addresses: [] },
      ],
    });
    state.intake!.lines(Buffer.from('a:1|c\na:2|c\nbad\ng:7|g\n'));
    await vi.waitFor(() => expect(one.windows.some((window) => window.account.received === 4)).toBe(true));
    state.intake!.lines(Buffer.from('late:5|c'));
    expect(await pipeline.stop()).toEqual(new Map());
    closePort();
    for (const { windows } of [one, two]) {
      const counted = windows.map(userSeries);
      expect(counted.some((series) => series.a === 3 && series.g === 7)).toBe(true);
      expect(counted.at(-1)).toMatchObject({ late: 5, g: 7 });
      expect(ownValue(windows, 'statsdrain.lines.received', 'frontend:hand')).toBe(5);
      expect(ownValue(windows, 'statsdrain.lines.aggregated', 'frontend:hand')).toBe(4);
      expect(ownValue(windows, 'statsdrain.lines.rejected', 'reason:no_value')).toBe(1);
      expect(windows.every((window, index) => index === 0 || window.startMs === windows[index - 1]!.endMs)).toBe(true);
    }
    expect(state.stops).toBe(1);
  });

  it('tells back-ends how the server does, line by line, between two windows', async () => {
    let seen: ServerView | undefined;
    const { state, plugin } = handFrontend();
    const { pipeline, closePort } = start({ one: {} }, plugin, { flushIntervalMs: 3_600_000 }, (_, context) => {
      seen = context.server;
    });
    await pipeline.start();
    state.intake!.lines(Buffer.from('a:1|c\nbad\n'), 0, undefined, { address: '127.0.0.1', port: 4 });
    const frontend = { name: 'hand', type: 'hand', addresses: ['hand://1'], receiving: true };
    await vi.waitFor(() => expect(seen?.status()).toMatchObject({ ready: true, frontends: [frontend] }));
    const [account] = await seen!.accounts();
    expect(account).toMatchObject({
      name: 'hand',
      counts: { received: 2, aggregated: 1, rejected: new Map([['no_value', 1]]) },
      examples: [{ line: 'bad', reason: 'no_value', from: '127.0.0.1:4' }],
    });
    expect(seen!.status().backends).toMatchObject([{ name: 'one', type: 'one', running: true, queueWindows: 0 }]);
    await pipeline.stop();
    closePort();
  });

  it('lets no back-end delay another', async () => {
    const good = recorder();
    const never = () => new Promise<void>(() => undefined);
    const { plugin } = handFrontend();
    const { pipeline, track, closePort } = start(
      {
        hangs: { send: never },
        throws: {
          send: () => {
            throw new Error('x');
          },
        },
        good: good.backend,
      },
      plugin,
    );
    track();
    await pipeline.start();
    await vi.waitFor(() => expect(good.windows.length).toBeGreaterThan(5));
    expect(ownValue(good.windows, 'statsdrain.backend.failures', 'backend:throws')).toBeGreaterThan(0);
    expect(ownValue(good.windows.slice(-1), 'statsdrain.queue.windows', 'backend:hangs')).toBeGreaterThan(0);
    await pipeline.stop();
    open.length = 0;
    closePort();
  });

  it('undoes everything when a back-end cannot start, and names it', async () => {
    const stop = vi.fn(async () => undefined);
    const good = { ...recorder().backend, stop };
    const { state, plugin } = handFrontend();
    const bad = { start: () => Promise.reject(new Error('port 1 is taken')) };
    const { pipeline, closePort } = start({ good, bad }, plugin);
    await expect(pipeline.start()).rejects.toThrow('back-end "bad": port 1 is taken');
    expect(stop).toHaveBeenCalledTimes(1);
    expect(state.starts).toBe(0);
    closePort();
  });

  it('undoes everything when a front-end cannot start, and sends no window', async () => {
    const { windows, backend } = recorder();
    const bad: FrontendPlugin = {
      kind: 'frontend',
      name: 'bad',
      create: () => ({ start: () => Promise.reject(new Error('in use')), stop: async () => undefined }),
    };
    const { pipeline, closePort } = start({ good: backend }, bad, { flushIntervalMs: 60_000 });
    await expect(pipeline.start()).rejects.toThrow('front-end "bad": in use');
    expect(windows).toEqual([]);
    closePort();
  });

  it('reloads without losing the open window, and keeps what did not change', async () => {
    const { windows, backend } = recorder();
    const [kept, changed] = [handFrontend(), handFrontend()];
    const { pipeline, config, closePort } = start({ good: backend }, kept.plugin, { flushIntervalMs: 400 });
    await pipeline.start();
    kept.state.intake!.lines(Buffer.from('a:1|c'));
    const other = { ...changed.plugin, name: 'other' };
    await pipeline.reload(config(['good'], [loadedFrontend(kept.plugin), loadedFrontend(other)]));
    expect([kept.state.starts, kept.state.stops, changed.state.starts]).toEqual([1, 0, 1]);
    changed.state.intake!.lines(Buffer.from('b:1|c'));
    await pipeline.reload(config(['good'], [loadedFrontend(kept.plugin, '{"changed":true}')]));
    expect([kept.state.starts, kept.state.stops, changed.state.stops]).toEqual([2, 1, 1]);
    kept.state.intake!.lines(Buffer.from('a:1|c'));
    await pipeline.stop();
    closePort();
    const total = (name: string) => windows.reduce((sum, window) => sum + (userSeries(window)[name] ?? 0), 0);
    expect([total('a'), total('b')]).toEqual([2, 1]);
  });

  it('keeps the original’s metrics and answers on the admin port in the middle of a window', async () => {
    const { windows, backend } = recorder();
    const { state, plugin } = handFrontend();
    const status = () => [{ group: 'good', name: 'last_flush', value: 0 }];
    const { pipeline, config, closePort } = start({ good: { ...backend, status } }, plugin, {
      flushIntervalMs: 60_000,
      align: 'start',
      admin: { host: '127.0.0.1', port: 0, strictCompat: false },
    });
    const { admin } = await pipeline.start();
    const talk = await dialogue(Number(/:(\d+)$/.exec(admin[0]!)![1]));
    state.intake!.lines(Buffer.from('a:1|c\ng:5|g'));
    expect(await talk.askUntil('gauges\n', 'END\n\n')).toBe('{ g: 5 }\nEND\n\n');
    state.intake!.lines(Buffer.from('a:2|c\ng:+1|g\nbad'));
    expect(await talk.askUntil('gauges\n', 'END\n\n')).toBe('{ g: 6 }\nEND\n\n');
    expect(await talk.askUntil('stats\n', 'END\n\n')).toMatch(/bad_lines_seen: 1\ngood.last_flush: \d+\nEND/);
    expect(await talk.askUntil('delgauges g\n', 'END\n\n')).toBe('deleted: g\nEND\n\n');
    expect(windows).toEqual([]);

    // Without the block the interface is closed.
    const next = config(['good'], [loadedFrontend(plugin)]);
    const statsd = defaultStatsdSettings;
    expect(
      (await pipeline.reload({ ...next, settings: { ...next.settings, admin: undefined, statsd } })).admin,
    ).toEqual([]);
    await vi.waitFor(() => expect(talk.closed).toBe(true));
    await pipeline.stop();
    closePort();
    expect(windows).toHaveLength(1);
    expect(userSeries(windows[0]!)).toMatchObject({ a: 3, g: 6 });
    expect(windows[0]!.statsd!.counters.get('a')).toBe(3);
    expect(windows[0]!.statsd!.gauges.has('g')).toBe(false);
    // Three counters of its own and a; the gauge is gone.
    expect(ownValue(windows, 'statsdrain.statsd.keys')).toBe(4);
    expect(windows[0]!.statsd!.timestamp).toBe(Math.round(windows[0]!.endMs / 1000));
  });

  it('goes over to other keys of the original’s metrics with a reload', async () => {
    const { windows, backend } = recorder();
    const { state, plugin } = handFrontend();
    const { pipeline, config, closePort } = start({ good: backend }, plugin, { statsd: defaultStatsdSettings });
    await pipeline.start();
    const sum = (key: string) => windows.reduce((all, { statsd }) => all + (statsd?.counters.get(key) ?? 0), 0);
    state.intake!.lines(Buffer.from('a b:1|c'));
    await vi.waitFor(() => expect(sum('a_b')).toBe(1));
    const next = config(['good'], [loadedFrontend(plugin)]);
    const statsd = { ...defaultStatsdSettings, keyNameSanitize: false };
    await pipeline.reload({ ...next, settings: { ...next.settings, statsd } });
    const before = windows.length;
    await vi.waitFor(() => expect(windows.length).toBeGreaterThan(before + 1));
    state.intake!.lines(Buffer.from('a b:2|c'));
    await vi.waitFor(() => expect(sum('a b')).toBe(2));
    expect(sum('a_b')).toBe(1);
    await pipeline.stop();
    closePort();
  });

  it('undoes everything when the admin port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { state, plugin } = handFrontend();
    const { pipeline, closePort } = start({ good: recorder().backend }, plugin, {
      admin: { host: '127.0.0.1', port, strictCompat: false },
    });
    await expect(pipeline.start()).rejects.toThrow(
      `admin: cannot listen on tcp://127.0.0.1:${port}: another process uses port ${port}; stop it, or set "admin.port"`,
    );
    expect([state.starts, state.stops]).toEqual([1, 1]);
    closePort();
    other.close();
  });

  it('goes back to the front-end that ran when the changed one cannot start', async () => {
    const { state, plugin } = handFrontend();
    const { pipeline, config, closePort } = start({ good: recorder().backend }, plugin);
    await pipeline.start();
    const broken: FrontendPlugin = {
      ...plugin,
      create: () => ({ start: () => Promise.reject(new Error('no')), stop: async () => undefined }),
    };
    await pipeline.reload(config(['good'], [loadedFrontend(broken, '{"x":1}')]));
    expect(state.starts).toBe(2);
    expect(quiet.error).toHaveBeenCalledWith(expect.stringContaining('going on as before'));
    await pipeline.stop();
    closePort();
  });

  it('says why a front-end cannot start or stop, whatever it throws', async () => {
    const { plugin } = handFrontend();
    const deaf: FrontendPlugin = {
      ...plugin,
      create: () => ({ start: () => Promise.reject('no'), stop: async () => undefined }),
    };
    const first = start({ good: recorder().backend }, deaf);
    await expect(first.pipeline.start()).rejects.toThrow('front-end "hand": no');
    first.closePort();

    const stuck: FrontendPlugin = {
      ...plugin,
      create: () => ({ start: async () => [], stop: () => Promise.reject('still busy') }),
    };
    const second = start({ good: recorder().backend }, stuck);
    await second.pipeline.start();
    await second.pipeline.stop();
    expect(quiet.warn).toHaveBeenCalledWith('did not stop cleanly: still busy');
    second.closePort();
  });
});
