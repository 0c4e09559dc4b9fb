import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dropReasons, rejectReasons } from '../../src/protocol/reasons.ts';
import { type SelfMetric, selfMetrics } from '../../src/telemetry/catalogue.ts';

const page = readFileSync(new URL('../../docs/METRICS.md', import.meta.url), 'utf8');
const cells = page
  .split('\n')
  .filter((line) => line.startsWith('| `statsdrain.'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

/** The counters that front-ends and back-ends name in their own code, or have by the guard of foreign modules. */
function pluginCounters(): string[] {
  const root = new URL('../../', import.meta.url);
  const files = ['frontends/', 'backends/'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => folder + file),
  );
  const names = [...files, 'src/plugins/module-guard.ts', 'src/ingest/frontends.ts', 'src/receive/thread.ts'].flatMap(
    (file) => {
      const code = readFileSync(new URL(file, root), 'utf8');
      return [...code.matchAll(/(?:count|report)\(\s*'([a-z_.]+)'/g)].map(([, name]) => `statsdrain.${name}`);
    },
  );
  return [...new Set(names)].sort();
}

describe('docs/METRICS.md', () => {
  it.each<SelfMetric>(Object.values(selfMetrics))('$name', ({ name, type, tags, meaning, unit }) => {
    expect(cells.filter(([, cell]) => cell === name).map((row) => row.slice(2, 5))).toEqual([
      [type, tags.join(', '), unit === undefined ? meaning : `${meaning}, ${unit}`],
    ]);
  });

  it('has every counter of a front-end or back-end, and no other series', () => {
    const known = [...Object.values(selfMetrics).map(({ name }) => name), ...pluginCounters()];
    expect(pluginCounters().length).toBeGreaterThan(10);
    // A name may stand in the table of front-ends and in that of back-ends.
    expect([...new Set(cells.map(([, name]) => name))].sort()).toEqual(known.sort());
  });

  it.each([...rejectReasons, ...dropReasons])('explains the reason %s', (reason) => {
    expect(page).toContain(`\`${reason}\``);
  });
});
