import { expect, it, vi } from 'vitest';
import type { MappingRules } from '../../src/config/mapping-rules.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { createBackends } from '../../src/dispatch/backends.ts';
import type { Backend, BackendPlugin, MetricType, SeriesName, Window } from '../../src/plugin.ts';
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
  await backends.stop(Date.now() + 5000);
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
  await backends.stop(Date.now() + 5000);
  expect(warned).toEqual(['did not stop cleanly: still busy']);
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
    async ({ mapping }, naming) => {
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
  await backends.configure(all, defaultSettings, 0, async () => void order.push(...opened));
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
