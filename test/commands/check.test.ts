import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

const rules = [{ name: 'jobs', metrics: [{ type: 'count', name: 'jobs' }] }];
const check = (content: unknown, ...options: string[]) =>
  runCommand(['check', 'rules.json', ...options], { cwd: folderWith({ 'rules.json': content }) });

describe('check of a file of rules', () => {
  it('runs its tests', async () => {
    expect(await check({ rules, tests: [{ line: 'x\u001b', expect: ['count jobs 1'] }] })).toMatchObject({
      code: 0,
      out: `rules.json is valid: 1 rule, 1 test, all passed

  tests[0] passed
    line      x\\u001b
    gives     count jobs 1
`,
      err: '',
    });
  });

  it('fails where one of them does', async () => {
    const { code, out } = await check({ rules, tests: [{ line: 'x', expect: [] }] });
    expect({ code, told: out.includes('1 failed') }).toEqual({ code: 1, told: true });
  });

  it('tells mistakes', async () => {
    expect(await check({ rules: [{ ...rules[0], whn: {} }] })).toMatchObject({
      code: 78,
      out: '',
      err: 'statsdrain: rules.json: rule "jobs": rules[0].whn: unknown key; did you mean "when"? (valid keys: name, when, parse, pattern, regex, missing, where, maps, metrics, limits, final)\n',
    });
  });

  it('connects to nothing', async () => {
    expect(await check({ rules }, '--online')).toMatchObject({
      code: 64,
      err: 'statsdrain: check: "--online" is for a configuration, and rules.json is none\n',
    });
  });
});

it('a file that is neither is told as a configuration', async () => {
  const { code, err } = await check({ frontends: [], rules });
  expect({ code, err: err.includes('rules: unknown key') }).toEqual({ code: 78, err: true });
});
