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

describe('check --mapping', () => {
  const mapping = `mappings:
- match: job.*.time
  name: job_seconds
  labels: {job: "$1"}
- match: ^noise
  match_type: regex
  action: drop
  name: dropped
  lables: {}
`;
  const lines = [
    'job.etl.time:320|ms|#env:prod',
    'noise.x:1|c',
    'app.hits,zone=eu:1|c',
    'a:1|x',
    '',
    'quote:1|g|#q:a"b',
    '_e{1,1}:a|b',
  ];
  const run = (args: readonly string[], files: Readonly<Record<string, unknown>> = {}, read = () => '') =>
    runCommand(['check', ...args], {
      cwd: folderWith({ 'm.yml': mapping, 'lines.txt': lines.join('\n'), ...files }),
      read,
    });

  it('tells what lines become, and by which rule', async () => {
    expect(await run(['--mapping', 'm.yml', '--lines', 'lines.txt'])).toMatchObject({
      code: 0,
      err: '',
      out: `m.yml is valid: 2 rules, 1 of them by glob and 1 by regular expression

  warnings
    m.yml, line 9: unknown key "lables" in a rule: it is ignored

  lines
    job.etl.time:320|ms|#env:prod
      timer job_seconds{env="prod",job="etl"}; matches "job.*.time" (m.yml, line 2)
    noise.x:1|c
      nothing; blocked: it matches "^noise" (m.yml, line 5)
    app.hits,zone=eu:1|c
      counter app_hits{zone="eu"}; no rule matches
    a:1|x
      nothing; rejected for unknown_type: the type must be c, m, g, ms, h, d or s
    quote:1|g|#q:a"b
      gauge quote{q="a\\"b"}; no rule matches
    _e{1,1}:a|b
      nothing; an event, which no rule is for
`,
    });
  });

  it('takes one of the files from standard input', async () => {
    const { out } = await run(['--mapping', '-'], {}, () => mapping);
    expect(out.split('\n')[0]).toBe('standard input is valid: 2 rules, 1 of them by glob and 1 by regular expression');
    expect((await run(['--mapping', 'm.yml', '--lines', '-'], {}, () => 'job.a.time:1|ms\n')).out).toContain(
      'timer job_seconds{job="a"}',
    );
  });

  it('tells mistakes with their lines', async () => {
    expect(
      await run(['--mapping', 'm.yml'], { 'm.yml': 'mappings:\n- match: a\n  scale: x\n  name: n\n  x: 1\n' }),
    ).toMatchObject({
      code: 78,
      out: '',
      err: `statsdrain: m.yml, line 3: "scale" is "x"; it must be a number
statsdrain: warning: m.yml, line 5: unknown key "x" in a rule: it is ignored
`,
    });
    expect(await run(['--mapping', 'none.yml'])).toMatchObject({
      code: 78,
      err: 'statsdrain: none.yml: no such file\n',
    });
  });

  it.each([
    [['--lines', 'lines.txt'], '"--lines" needs "--mapping", the file of the rules'],
    [['config.json', '--mapping', 'm.yml'], '"config.json" does not go with "--mapping"'],
    [['--online', '--mapping', 'm.yml'], '"--online" does not go with "--mapping"'],
    [['--mapping', '-', '--lines', '-'], 'only one of the files can be standard input'],
  ])('%j is refused', async (args, message) => {
    expect(await run(args)).toMatchObject({ code: 64, err: `statsdrain: check: ${message}\n` });
  });
});

it('a configuration has the warnings of its mapping file', async () => {
  const config = { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }], mapping: 'm.yml' };
  const cwd = folderWith({ 'config.json': config, 'm.yml': 'mappings: []\ndefault: {}\n' });
  const { code, out } = await runCommand(['check', 'config.json'], { cwd });
  expect({
    code,
    told: out.endsWith(`\n  warnings\n    ${cwd}/m.yml, line 2: unknown key "default" in the file: it is ignored\n`),
  }).toEqual({
    code: 0,
    told: true,
  });
});
