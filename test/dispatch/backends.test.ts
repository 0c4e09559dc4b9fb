import { expect, it, vi } from 'vitest';
import type { MappingRules } from '../../src/config/mapping-rules.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { createBackends } from '../../src/dispatch/backends.ts';
import { unseenServer } from '../../src/kit/unseen-server.ts';
import type { Backend, BackendContext, BackendPlugin, MetricType, SeriesName, Window } from '../../src/plugin.ts';
import { makeWindow, type WindowInput } from '../helper/window.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** As it is given to back-ends for which no view was opened. */
const windowOf = (input: WindowInput) => new Map([['', { window: makeWindow(input), badNames: 0 }]]);

it('gives a back-end that is being replaced the windows that close meanwhile, each once', async () => {
  const sent: string[] = [];
  // A window that ended long ago would be dropped as too old.
  const now = Date.now();
  let letOldGo: () => void = () => undefined;
  const old = new Promise<void>((resolve) => {
    letOldGo = resolve;
  });
  const stopOld = vi.fn(() => old);
  const made = new Map<string, Backend>([
    ['old', { send: async (window) => void sent.push(`old ${window.endMs - now}`), stop: stopOld }],
    ['new', { send: async (window) => void sent.push(`new ${window.endMs - now}`) }],
    ['other', { send: async (window) => void sent.push(`other ${window.endMs - now}`) }],
  ]);
  const load = async (module: string): Promise<BackendPlugin> => ({
    kind: 'backend',
    name: module,
    create: () => made.get(module)!,
  });
  const backends = createBackends(load, () => quiet);
  const spec = (name: string, module: string) => ({ name, module, config: {}, block: module });
  await backends.configure([spec('a', 'old'), spec('b', 'other')], defaultSettings, 0);
  backends.offer(windowOf({ endMs: now + 1 }));
  await vi.waitFor(() => expect(sent).toHaveLength(2));

  const replaced = backends.configure([spec('a', 'new'), spec('b', 'other')], defaultSettings, 0);
  await vi.waitFor(() => expect(stopOld).toHaveBeenCalled());
  backends.offer(windowOf({ endMs: now + 2 }));
  letOldGo();
  await replaced;
  backends.offer(windowOf({ endMs: now + 3 }));
  await backends.stop(performance.now() + 5000);
  expect(sent.sort()).toEqual(['new 2', 'new 3', 'old 1', 'other 1', 'other 2', 'other 3']);
});

it('says why a back-end cannot start or stop, whatever it throws', async () => {
  const warned: string[] = [];
  const made = new Map<string, Backend>([
    ['deaf', { send: async () => undefined, start: () => Promise.reject('no such host') }],
    ['stuck', { send: async () => undefined, stop: () => Promise.reject('still busy') }],
  ]);
  const load = async (module: string): Promise<BackendPlugin> => ({
    kind: 'backend',
    name: module,
    create: () => made.get(module)!,
  });
  const backends = createBackends(load, () => ({ ...quiet, warn: (message) => warned.push(message) }));
  const spec = (name: string) => ({ name, module: name, config: {}, block: name });
  const { failures } = await backends.configure([spec('deaf'), spec('stuck')], defaultSettings, 0);
  expect(failures).toEqual([{ backend: 'deaf', message: 'no such host' }]);
  await backends.stop(performance.now() + 5000);
  expect(warned).toEqual(['did not stop cleanly: still busy']);
});

it('keeps what waits for a back-end that can start neither changed nor as it was, until a reload mends that', async () => {
  const taken: string[] = [];
  const logged: string[] = [];
  let broken = false;
  let down = true;
  const create = (): Backend => ({
    lanes: ['a'],
    async start() {
      if (broken) throw new Error('no such certificate');
      return undefined;
    },
    async *encode({ endMs }) {
      yield { lanes: ['a'], bytes: Buffer.from('x'), names: [`${endMs}`], createdMs: endMs };
    },
    async deliver({ names }) {
      if (down) throw new Error('503');
      taken.push(...names);
    },
  });
  const load = async (module: string): Promise<BackendPlugin> => ({ kind: 'backend', name: module, create });
  const keep = (message: string) => void logged.push(message);
  const backends = createBackends(load, () => ({ info: keep, warn: keep, error: keep }));
  const settings = { ...defaultSettings, retry: { minMs: 10, maxMs: 20, timeoutMs: 1000 } };
  const configure = (block: string, module = 'm') =>
    backends.configure([{ name: 'b', module, config: {}, block }], settings, 0);
  const laneOf = () => backends.takeReports()[0]!.lanes.get('a');

  await configure('one');
  for (const endMs of [1, 2]) backends.offer(windowOf({ endMs }));
  await vi.waitFor(() => expect(laneOf()).toMatchObject({ payloads: 2 }));
  broken = true;
  for (const block of ['two', 'three']) {
    expect((await configure(block)).failures).toEqual([{ backend: 'b', message: 'no such certificate' }]);
    expect(laneOf()).toMatchObject({ payloads: 2, delivered: 0, open: true });
  }
  expect(logged.filter((message) => message.startsWith('cannot go on'))).toEqual([
    'cannot go on as it was either: no such certificate; what waits is kept, and goes on once it is mended and the configuration is read again',
  ]);
  broken = false;
  down = false;
  expect((await configure('three')).failures).toEqual([]);
  await vi.waitFor(() => expect(taken.sort()).toEqual(['1', '2']));
  expect(await backends.stop(performance.now() + 1000)).toEqual(new Map());
});

it.each([
  ['its plug-in is another one by then', 'reload'],
  ['the server stops', 'stop'],
])('gives up what waits for such a back-end when %s, and counts it', async (_, end) => {
  let broken = false;
  const create = (): Backend => ({
    lanes: ['a'],
    start: async () => (broken ? Promise.reject(new Error('no such certificate')) : undefined),
    async *encode({ endMs }) {
      yield { lanes: ['a'], bytes: Buffer.from('x'), names: ['x'], createdMs: endMs };
    },
    deliver: () => Promise.reject(new Error('503')),
  });
  const load = async (module: string): Promise<BackendPlugin> => ({ kind: 'backend', name: module, create });
  const backends = createBackends(load, () => quiet);
  const configure = (block: string, module = 'm') =>
    backends.configure([{ name: 'b', module, config: {}, block }], { ...defaultSettings, shutdownTimeoutMs: 50 }, 0);
  await configure('one');
  backends.offer(windowOf({ endMs: 1 }));
  await vi.waitFor(() => expect(backends.takeReports()[0]!.lanes.get('a')).toMatchObject({ payloads: 1 }));
  broken = true;
  await configure('two');
  broken = false;
  if (end === 'reload') {
    await configure('two', 'other');
    const [report] = backends.takeReports();
    expect(report!.lostWindows).toEqual(new Map([['shutdown', 1]]));
    expect(report!.lanes.get('a')!.givenUp).toEqual(new Map([['shutdown', 1]]));
  }
  expect(await backends.stop(performance.now() + 100)).toEqual(new Map([['b', 1]]));
});

/** Back-ends that keep what they are given: by name, the ends of windows and what they lost. */
function openViews(namings: Readonly<Record<string, unknown>>) {
  const sent: string[] = [];
  const opened: string[] = [];
  const load = async (module: string): Promise<BackendPlugin> => ({
    kind: 'backend',
    name: module,
    create: () =>
      ({
        naming: namings[module],
        send: async (window: Window) => void sent.push(`${module} ${window.endMs}`),
      }) as Backend,
  });
  const backends = createBackends(
    load,
    () => quiet,
    undefined,
    undefined,
    async ({ mapping }, { naming }) => {
      const id = `${naming?.id ?? ''}${mapping?.stages.length ?? 0}`;
      opened.push(id);
      return id;
    },
  );
  return { backends, sent, opened };
}

const stages = [{ kind: 'names', block: ['a'], allow: undefined }] as const;
const rename = (_type: MetricType, series: SeriesName) => series;
const late = Date.now() + 1000;

it('gives each back-end the windows of its view, and counts what it cannot name', async () => {
  const { backends, sent, opened } = openViews({ named: { id: 'n', rename }, alike: { id: 'n', rename } });
  const spec = (name: string, mapping?: MappingRules) => ({ name, module: name, config: {}, block: name, mapping });
  const order: string[] = [];
  const all = [spec('plain'), spec('named'), spec('alike'), spec('mapped', { stages })];
  await backends.configure(all, defaultSettings, 0, async (_kept, _fresh, change) => {
    order.push(...opened);
    change();
  });
  expect(order).toEqual(['0', 'n0', 'n0', '1']);
  expect([...backends.views]).toEqual(['0', 'n0', '1']);
  expect(backends.namesOf('n0')).toEqual(['named', 'alike']);

  const windows = new Map(
    ['0', 'n0', '1'].map((view, index) => [view, { window: makeWindow({ endMs: late + index }), badNames: index }]),
  );
  backends.offer(windows);
  await vi.waitFor(() => expect(sent).toHaveLength(4));
  expect(sent.sort()).toEqual([`alike ${late + 1}`, `mapped ${late + 2}`, `named ${late + 1}`, `plain ${late}`]);
  const lost = backends.takeReports().map(({ name, lostItems }) => [name, lostItems.get('bad_name')]);
  expect(lost).toEqual([
    ['plain', undefined],
    ['named', 1],
    ['alike', 1],
    ['mapped', 2],
  ]);
  await backends.stop(performance.now() + 5000);
});

it('moves a back-end to other rules without stopping it', async () => {
  const { backends, sent } = openViews({});
  const spec = (mapping?: MappingRules) => ({ name: 'a', module: 'a', config: {}, block: 'a', mapping });
  await backends.configure([spec()], defaultSettings, 0);
  await backends.configure([spec({ stages })], defaultSettings, 0);
  expect([...backends.views]).toEqual(['1']);
  backends.offer(new Map([['1', { window: makeWindow({ endMs: late }), badNames: 0 }]]));
  await vi.waitFor(() => expect(sent).toEqual([`a ${late}`]));
  expect(backends.takeReports()).toMatchObject([{ name: 'a', sends: 1 }]);
  await backends.stop(performance.now() + 5000);
});

it('gives a back-end that moves what its old view has, and nothing of that once more', async () => {
  const { backends, sent } = openViews({});
  const spec = (name: string, mapping?: MappingRules) => ({ name, module: name, config: {}, block: name, mapping });
  await backends.configure([spec('a'), spec('b', { stages })], defaultSettings, 0);
  const told: unknown[] = [];
  // Both get other rules: those that the first gets the second had, and so are whole there.
  const twice = { stages: [...stages, ...stages] };
  await backends.configure(
    [spec('a', { stages }), spec('b', twice)],
    defaultSettings,
    0,
    async (kept, fresh, change) => {
      told.push([...kept], [...fresh]);
      const cut = new Map(['0', '1'].map((id) => [id, { window: makeWindow({ endMs: late }), badNames: 0 }]));
      backends.offer(cut);
      change();
    },
  );
  expect(told).toEqual([['1', '2'], ['2']]);
  await vi.waitFor(() => expect(sent.sort()).toEqual([`a ${late}`, `b ${late}`]));
  expect([...backends.views]).toEqual(['1', '2']);
  await backends.stop(performance.now() + 5000);
});

it('asks for the windows, and the unmapped names, of the rules that a back-end has by then', async () => {
  const asked: string[] = [];
  const contexts: BackendContext[] = [];
  const load = async (module: string): Promise<BackendPlugin> => ({
    kind: 'backend',
    name: module,
    create(_config, given) {
      contexts.push(given);
      return { send: async () => undefined };
    },
  });
  const backends = createBackends(
    load,
    () => quiet,
    undefined,
    undefined,
    async ({ mapping }) => `${mapping?.stages.length ?? 0}`,
    {
      reload: async () => undefined,
      refresh: async (view) => void asked.push(view),
      unmapped: (view) => [{ type: 'counter', name: view }],
      view: unseenServer,
    },
  );
  const spec = (mapping?: MappingRules) => ({ name: 'a', module: 'a', config: {}, block: 'a', mapping });
  await backends.configure([spec()], defaultSettings, 0);
  await backends.configure([spec({ stages })], defaultSettings, 0);
  const [context] = contexts;
  await context!.refresh();
  expect(contexts).toHaveLength(1);
  expect(asked).toEqual(['1']);
  expect(context!.unmapped()).toEqual([{ type: 'counter', name: '1' }]);
  await backends.stop(performance.now() + 5000);
});

it.each([null, {}, { id: 7, rename }, { id: 'x' }])('refuses a back-end whose naming is %j', async (naming) => {
  const { backends } = openViews({ odd: naming });
  const { failures } = await backends.configure(
    [{ name: 'odd', module: 'odd', config: {}, block: '' }],
    defaultSettings,
    0,
  );
  const message = '"create" of the plugin "odd" gave no back-end: its "naming" has no "id" or no function "rename"';
  expect(failures).toEqual([{ backend: 'odd', message }]);
});
