import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createConsole } from '../../backends/console/backend.ts';
import { loadConfig } from '../../src/config/load.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../helper/window.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const blocks = (file: string, language: string) =>
  [...read(file).matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code!);

const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('documentation', () => {
  it('README shows a valid configuration', async () => {
    const [example] = blocks('README.md', 'json');
    const file = join(folder, 'config.json');
    writeFileSync(file, example!);
    const config = await loadConfig(file, { DD_API_KEY: 'secret' });
    expect([config.frontends.length, config.backends.length]).toEqual([4, 4]);
  });

  it('README shows what the console prints', async () => {
    let printed = '';
    const stream = {
      write(text: string | Uint8Array, done: () => void) {
        printed += text.toString();
        done();
        return true;
      },
      on() {},
      off() {},
      isTTY: true,
      getWindowSize: (): [number, number] => [100, 24],
    };
    const startMs = Date.UTC(2026, 10, 23, 11, 20);
    const times = { startMs, endMs: startMs + 10_000 };
    const percentiles = [50, 90, 95, 99];
    const views: SeriesInput = { type: 'counter', name: 'page.views', tags: ['env:prod'], value: 1 };
    const depth: SeriesInput = { type: 'gauge', name: 'queue.depth', value: 7 };
    const query: SeriesInput = { type: 'timer', name: 'db.query', values: [12.5, 20] };
    for (const [format, series] of [
      ['text', [views, depth, query]],
      ['json', [views, depth]],
    ] as const) {
      printed = '';
      const config = { format, prettyprint: false, selfMetrics: false, maxSeries: 100 };
      const backend = createConsole(config, recordingContext({ percentiles }), () => stream, { NO_COLOR: '1' });
      const received = format === 'text' ? 4 : 2;
      await backend.send(makeWindow({ ...times, series, percentiles, received }), AbortSignal.timeout(5000));
      expect(read('README.md')).toContain(`\`\`\`\n${printed.trimEnd()}\n\`\`\`\n`);
    }
  });

  it('docs/DRAIN.md shows a valid front-end', async () => {
    const [example] = blocks('docs/DRAIN.md', 'json');
    const file = join(folder, 'drain.json');
    writeFileSync(file, `{ "frontends": [${example}], "backends": [{ "type": "console" }] }`);
    const config = await loadConfig(file, { DRAIN_PASSWORD: 'a', DRAIN_TOKEN: 'b' });
    expect(config.frontends[0]?.name).toBe('http');
  });

  it('README and docs/PLUGINS.md show the examples as they are', () => {
    expect(blocks('README.md', 'js')).toEqual([read('examples/my-backend.js')]);
    expect(blocks('docs/PLUGINS.md', 'js')).toEqual([read('examples/my-backend.js'), read('examples/my-frontend.js')]);
  });

  it('links to files that exist', () => {
    const links = [
      'README.md',
      'docs/DRAIN.md',
      'docs/PLUGINS.md',
      'docs/METRICS.md',
      'docs/REPLACING-STATSD.md',
    ].flatMap((file) => [...read(file).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, target]) => target!));
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(() => read(link), link).not.toThrow();
  });
});
