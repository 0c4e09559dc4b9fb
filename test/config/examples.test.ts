import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendContext, FrontendContext, Intake, Window } from '../../src/plugin.ts';
import { sendTo } from '../helper/sending.ts';
import { folderWith, loadIn, problemsOf } from './temporary.ts';

const backend = fileURLToPath(new URL('../../examples/my-backend.js', import.meta.url));
const frontend = fileURLToPath(new URL('../../examples/my-frontend.js', import.meta.url));

afterEach(() => {
  vi.useRealTimers();
});

async function load() {
  const folder = folderWith({});
  const path = join(folder, 'counters.txt');
  const config = { frontends: [{ use: frontend, every: '5s' }], backends: [{ use: backend, path }] };
  const loaded = await loadIn(folderWith({ 'config.json': config }));
  return { path, front: loaded.frontends[0]!, back: loaded.backends[0]! };
}

describe('the examples', () => {
  it('are described by "statsdrain check"', async () => {
    const { path, front, back } = await load();
    expect(front.plugin.describe?.(front.config)).toBe('the load of this machine (every 5000 ms)');
    expect(back.plugin.describe?.(back.config)).toBe(path);
  });

  it('have their keys checked', async () => {
    expect(await problemsOf({ frontends: [{ use: frontend, evry: 1 }], backends: [{ use: backend }] })).toEqual([
      'config.json: frontends[0].evry: unknown key; did you mean "every"? (valid keys: every, use, name, dialect, prefix, tags, tagStyles, originTags)',
      'config.json: backends[0].path: required key is missing (a non-empty string)',
    ]);
  });

  it('append the counters of each window to the file', async () => {
    const { path, back } = await load();
    const made = back.plugin.create(back.config, {} as BackendContext);
    const send = (window: Window, signal: AbortSignal) => sendTo(made, window, signal);
    const window = (endMs: number, value: number) =>
      ({
        endMs,
        series: [
          { type: 'gauge', name: 'depth', tags: [], updated: true, value: 9 },
          { type: 'counter', name: 'views', tags: ['env:prod', 'web'], updated: true, value, rate: 0.1 },
          { type: 'counter', name: 'plain', tags: [], updated: true, value: 0.5, rate: 0.1 },
        ],
      }) as unknown as Window;
    await send(window(1_767_225_600_000, 3), AbortSignal.timeout(10_000));
    await send(window(1_767_225_610_000, 4), AbortSignal.timeout(10_000));
    expect(readFileSync(path, 'utf8')).toBe(
      '2026-01-01T00:00:00.000Z views env:prod web 3\n2026-01-01T00:00:00.000Z plain 0.5\n' +
        '2026-01-01T00:00:10.000Z views env:prod web 4\n2026-01-01T00:00:10.000Z plain 0.5\n',
    );
  });

  it('sample the load of the machine until they are stopped', async () => {
    vi.useFakeTimers();
    const { front } = await load();
    const samples: unknown[][] = [];
    const intake = { sample: (...sample: unknown[]) => samples.push(sample) } as unknown as Intake;
    const running = front.plugin.create(front.config, intake, {} as FrontendContext);
    expect(await running.start()).toEqual([]);
    const sampleOf = (minutes: number) => ['gauge', 'host.load', expect.any(Number), `minutes:${minutes}`];
    expect(samples).toEqual([sampleOf(1), sampleOf(5), sampleOf(15)]);
    vi.advanceTimersByTime(10_000);
    expect(samples).toHaveLength(9);
    await running.stop();
    await running.stop();
    vi.advanceTimersByTime(10_000);
    expect(samples).toHaveLength(9);
  });
});
