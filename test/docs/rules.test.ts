import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../frontends/http/rules/file.ts';
import { metricTypes, operators, parseKinds, units } from '../../frontends/http/rules/rule-set.ts';
import { kit } from '../../src/config/kit.ts';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';
import { metricRows } from '../helper/metrics-page.ts';

const page = readFileSync(new URL('../../docs/drain/RULES.md', import.meta.url), 'utf8');
const example = JSON.parse(/^```json\n(\{\n.*?\n\})\n```$/ms.exec(page)?.[1] ?? '');
const [, shown] = /^```\n\$ statsdrain check rules\.json\n(.*?)^```$/ms.exec(page) ?? [];

describe('docs/drain/RULES.md', () => {
  it('shows what "statsdrain check" prints of its example', async () => {
    const { code, out } = await runCommand(['check', 'rules.json'], { cwd: folderWith({ 'rules.json': example }) });
    expect({ code, out }).toEqual({ code: 0, out: shown });
  });

  it('shows the messages about mistakes as they are', async () => {
    const [checkout, jobs] = example.rules;
    const { contains, ...more } = checkout.when;
    const rules = [
      { ...checkout, when: { ...more, containes: contains } },
      { ...jobs, parse: 'regex', pattern: undefined, regex: 'took (\\d+' },
    ];
    const { code, err } = await runCommand(['check', 'rules.json'], { cwd: folderWith({ 'rules.json': { rules } }) });
    const lines = page.split('\n').filter((line) => line.startsWith('statsdrain: rules.json: '));
    expect({ code, err: err.trimEnd().split('\n') }).toEqual({ code: 78, err: lines });
  });

  it('explains every kind, operator and unit', () => {
    const prose = page.replace(/^```.*?^```$/gms, '');
    const words = new Set([...prose.matchAll(/`([^`]+)`/g)].map(([, word]) => word));
    const all = [...parseKinds, ...operators, ...metricTypes, ...units];
    expect(all.filter((word) => !words.has(word))).toEqual([]);
  });

  it('names only metrics that there are', () => {
    const known = new Set(metricRows.map(([, name]) => name));
    const named = [...page.matchAll(/`(statsdrain\.drain\.[a-z_]+)`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('has filters that can be used', () => {
    const templates = [...page.matchAll(/^\| `(\$[^`]*)`(?:, `(\$[^`]*)`)? +\|/gm)].flatMap(([, ...found]) => found);
    const tags = Object.fromEntries(
      templates.flatMap((text, index) => (text === undefined ? [] : [[`t${index}`, text.replace('\\|', '|')]])),
    );
    expect(Object.keys(tags).length).toBe(10);
    const map = { values: {}, default: 'other' };
    const rule = {
      name: 'a',
      parse: 'json',
      maps: { level: map, levels: map },
      metrics: [{ type: 'count', name: 'n', tags }],
    };
    expect(parseRules(JSON.stringify({ rules: [rule] }), kit)).toMatchObject({ ok: true });
  });
});
