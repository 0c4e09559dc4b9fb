import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createConsole } from '../../backends/console/backend.ts';
import { loadConfig } from '../../src/config/load.ts';
import { builtInNames } from '../../src/plugins/registry.ts';
import { sendTo } from '../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../helper/window.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const matches = (file: string, pattern: RegExp) => [...read(file).matchAll(pattern)].map(([, first]) => first!);
const blocks = (file: string, language: string) => matches(file, new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'));

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

  it.each(['frontend', 'backend'] as const)('README has a row for each built-in %s', (kind) => {
    const rows = [...read('README.md').matchAll(/^\| `([^`]+)` /gm)].map(([, name]) => name);
    expect(builtInNames(kind).filter((name) => !rows.includes(name))).toEqual([]);
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
      await sendTo(backend, makeWindow({ ...times, series, percentiles, received }), AbortSignal.timeout(5000));
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

  it.each(readdirSync(join(root, 'docs/drain')))('docs/drain/%s shows valid front-ends', async (page) => {
    const examples = blocks(`docs/drain/${page}`, 'json').filter((example) => /^\{\s*"type": "http"/.test(example));
    for (const example of examples) {
      const file = join(folder, 'drain.json');
      writeFileSync(file, `{ "frontends": [${example}], "backends": [{ "type": "console" }] }`);
      const names = [...example.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
      const config = await loadConfig(file, Object.fromEntries(names.map((name) => [name, `secret of ${name}`])));
      expect(config.frontends[0]?.name).toBe('http');
    }
  });

  it('README and docs/PLUGINS.md show the examples as they are', () => {
    expect(blocks('README.md', 'js')).toEqual([read('examples/my-backend.js')]);
    const examples = ['my-backend.js', 'http-backend.js', 'influx-backend.js', 'my-frontend.js', 'http-frontend.js'];
    expect(blocks('docs/PLUGINS.md', 'js')).toEqual(examples.map((name) => read(`examples/${name}`)));
  });

  it('links to files that exist, and names none that does not', () => {
    const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...docs.filter((page) => page.endsWith('.md')).map((page) => `docs/${page}`),
    ];
    const files = pages.flatMap((page) => {
      const links = matches(page, /\]\((?!https?:)([^)#]+)/g).map((target) => join(dirname(page), target));
      const named = matches(page, /`((?:src|test|frontends|backends|docs|examples|bench)\/[^`\s]+)`/g);
      return [...links, ...named].map((file) => `${page}: ${file}`);
    });
    expect(files.length).toBeGreaterThan(50);
    // What has `<…>`, `{…}` or `*` stands for several.
    const missing = files.filter((file) => !/[<{*]/.test(file) && !existsSync(join(root, file.split(': ')[1]!)));
    expect(missing).toEqual([]);
  });

  it('links to headings that exist', () => {
    const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...docs.flatMap((page) => (page.endsWith('.md') ? `docs/${page}` : [])),
    ];
    // As GitHub makes them: small letters, without punctuation, a dash for each blank.
    const anchorsOf = (page: string) =>
      matches(page, /^#+ (.+)$/gm).map((text) =>
        text
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .replace(/\s/g, '-'),
      );
    const missing = pages.flatMap((page) =>
      matches(page, /\]\((?!https?:)([^)]*#[^)]+)\)/g).filter((target) => {
        const [file, anchor] = target.split('#');
        const at = file === '' ? page : join(dirname(page), file!);
        return at.endsWith('.md') && !anchorsOf(at).includes(anchor!);
      }),
    );
    expect(missing).toEqual([]);
  });
});
