import { expect, it, vi } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { createBackends } from '../../src/dispatch/backends.ts';
import type { Backend, BackendPlugin } from '../../src/plugin.ts';
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
