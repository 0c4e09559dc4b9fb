import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const page = read('docs/PROMETHEUS.md');

const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Block {
  readonly properties: Readonly<Record<string, { readonly const?: string }>>;
}

/** The block of the back-end in config.schema.json. */
function blockOf(schema: unknown): Block | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const { properties } = schema as Partial<Block>;
  if (properties?.type?.const === 'prometheus') return { properties };
  for (const part of Object.values(schema)) {
    const found = blockOf(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('docs/PROMETHEUS.md', () => {
  it('shows a valid configuration', async () => {
    const file = join(folder, 'config.json');
    writeFileSync(file, /```json\n([\s\S]*?)```/.exec(page)![1]!);
    const { backends, settings } = await loadConfig(file, {});
    expect([backends.map(({ name }) => name), settings.state?.path]).toEqual([['prometheus'], join(folder, 'state')]);
  });

  it('lists all keys of the back-end', () => {
    const [, table] = /## Keys\n\n([\s\S]*?)\n\n/.exec(page)!;
    const cells = [...table!.matchAll(/^\| ([^|]*) \|/gm)].map(([, cell]) => cell!);
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, key]) => key!));
    const block = blockOf(JSON.parse(read('config.schema.json')));
    const keys = Object.keys(block!.properties).filter((key) => key !== 'type' && key !== 'name');
    expect(listed.sort()).toEqual(keys.sort());
  });

  it('lists all reasons for which the page refuses a series', () => {
    const source = /type Refusal =([^;]*);/.exec(read('backends/prometheus/page/conflicts.ts'))![1]!;
    const reasons = [...source.matchAll(/'(\w+)'/g)].map(([, reason]) => reason);
    const listed = [...page.matchAll(/^\| `(\w+)` +\| [^|]+ \| [^|]+ \|$/gm)].map(([, reason]) => reason);
    expect(listed).toEqual(expect.arrayContaining(reasons));
  });
});
