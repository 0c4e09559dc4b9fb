import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderWith, problemsOf } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

const page = readFileSync(new URL('../../docs/MAPPING.md', import.meta.url), 'utf8');
const config = JSON.parse(/^```json\n(\{\n.*?\n\})\n```$/ms.exec(page)?.[1] ?? '');
const examples = [...page.matchAll(/^```\n\$ statsdrain (explain [^\n]*)\n(.*?)^```$/gms)].map(
  ([, command, output]) => [command!, output!] as const,
);

describe('docs/MAPPING.md', () => {
  it('has examples', () => {
    expect(examples.length).toBe(3);
  });

  it.each(examples)('shows what "statsdrain %s" prints', async (command, output) => {
    const args = command.split(/ (?=(?:[^']*'[^']*')*[^']*$)/).map((arg) => arg.replace(/^'|'$/g, ''));
    const { code, out, err } = await runCommand(args, { cwd: folderWith({ 'config.json': config }) });
    expect({ code, out, err }).toEqual({ code: 0, out: output, err: '' });
  });

  it('shows the messages about mistakes as they are', async () => {
    const mappings = [
      { match: 'airflow.dag.*', name: 'a' },
      { match: 'airflow.dag.x', name: 'b' },
      { match: 'a(b', matchType: 'regex', name: 'c' },
      { match: 'airflow.*.y', name: '$1_total' },
    ];
    const profiles = [{ name: 'a', prefix: 'airflow.', mappings }];
    const found = await problemsOf({ ...config, mapping: { profiles, namespace: 'acme', block: ['debug.*'] } });
    const shown = page.split('\n').filter((line) => line.startsWith('config.json: '));
    expect(found).toEqual(shown);
  });
});
