import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

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

  it('docs/DRAIN.md shows a valid front-end', async () => {
    const [example] = blocks('docs/DRAIN.md', 'json');
    const file = join(folder, 'drain.json');
    writeFileSync(file, `{ "frontends": [${example}], "backends": [{ "type": "console" }] }`);
    const config = await loadConfig(file, { DRAIN_PASSWORD: 'a', DRAIN_TOKEN: 'b' });
    expect(config.frontends[0]?.name).toBe('http');
  });

  it('README and docs/PLUGINS.md show the examples as they are', () => {
    expect(blocks('README.md', 'js')).toEqual([read('examples/my-backend.js')]);
    const examples = ['my-backend.js', 'http-backend.js', 'my-frontend.js'];
    expect(blocks('docs/PLUGINS.md', 'js')).toEqual(examples.map((name) => read(`examples/${name}`)));
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
