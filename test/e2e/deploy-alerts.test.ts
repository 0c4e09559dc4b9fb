import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findProgram, runProgram } from '../helper/components.ts';

const promtool = findProgram('promtool');
const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const rules = 'deploy/prometheus/statsdrain.rules.yml';
const cases = 'deploy/prometheus/statsdrain.test.yml';
const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity?: string };
  readonly annotations: { readonly summary?: string; readonly description?: string };
}

const { groups } = parse(read(rules)) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
const alerts = groups.flatMap((group) => group.rules);

/** The names that docs/METRICS.md has, as the page for Prometheus writes them. */
function documented(): ReadonlySet<string> {
  const rows = read('docs/METRICS.md').matchAll(/^\| `(statsdrain\.[\w.]+)` +\|(.*)\|$/gm);
  return new Set(
    [...rows].map(([, name, rest]) => {
      const unit = rest!.includes('milliseconds') ? '_seconds' : '';
      // The tables of front-ends and back-ends, which have no column for the type, list counters alone.
      const counter = !/^ gauge /.test(rest!);
      return `${name!.replaceAll('.', '_')}${unit}${counter ? '_total' : ''}`;
    }),
  );
}

/** Those of the process, from prom-client. */
const ofProcess = /^statsdrain_(process|nodejs)_/;

it.each([rules, 'deploy/grafana/statsdrain.json'])('%s asks only for series that docs/METRICS.md has', (file) => {
  const known = documented();
  const used = new Set([...read(file).matchAll(/\bstatsdrain_\w+/g)].map(([name]) => name));
  expect(used.size).toBeGreaterThan(10);
  expect([...used].filter((name) => !known.has(name) && !ofProcess.test(name))).toEqual([]);
});

it('each alert says what has happened and what to do, and is fired by a case', () => {
  const text = read(cases);
  for (const { alert, labels, annotations } of alerts) {
    expect(labels.severity, alert).toMatch(/^(critical|warning)$/);
    expect(annotations.summary, alert).toMatch(/\$labels\.|scrapes no/);
    expect(annotations.description?.length, alert).toBeGreaterThan(80);
    expect(text, alert).toContain(`alertname="${alert}"`);
  }
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
});

describe.skipIf(promtool === undefined)('promtool', () => {
  it('finds nothing wrong with the rules', async () => {
    const { code, output } = await runProgram(promtool!, ['check', 'rules', path(rules)]);
    expect(output).toContain(`${alerts.length} rules found`);
    expect(code, output).toBe(0);
  });

  it('sees each alert fire when it should, and not a moment before', async () => {
    const { code, output } = await runProgram(promtool!, ['test', 'rules', path(cases)]);
    expect(code, output).toBe(0);
  });
});
