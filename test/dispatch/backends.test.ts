import { expect, it, vi } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { createBackends } from '../../src/dispatch/backends.ts';
import type { Backend, BackendPlugin } from '../../src/plugin.ts';
import { makeWindow } from '../helper/window.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

it('gives a back-end that is being replaced the windows that close meanwhile, each once', async () => {
  const sent: string[] = [];
  // A window that ended long ago would be dropped as too old.
  const now = Date.now();
  let letOldGo: () => void = () => undefined;
  const old = new Promise<void>((resolve) => {
    letOldGo = resolve;
  });
  const made = new Map<string, Backend>([
    ['old', { send: async (window) => void sent.push(`old ${window.endMs - now}`), stop: () => old }],
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
  backends.offer(makeWindow({ endMs: now + 1 }));
  await vi.waitFor(() => expect(sent).toHaveLength(2));

  const replaced = backends.configure([spec('a', 'new'), spec('b', 'other')], defaultSettings, 0);
  backends.offer(makeWindow({ endMs: now + 2 }));
  letOldGo();
  await replaced;
  backends.offer(makeWindow({ endMs: now + 3 }));
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
  for (const endMs of [1, 2]) backends.offer(makeWindow({ endMs }));
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
  backends.offer(makeWindow({ endMs: 1 }));
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
