import { describe, expect, it } from 'vitest';
import { checkRules } from '../../../../frontends/http/rules/check.ts';
import { kit } from '../../../../src/config/kit.ts';

const rule = {
  name: 'jobs',
  when: { contains: 'took' },
  parse: 'regex',
  regex: 'job (?<job>\\w+) took (?<ms>\\w+)ms',
  metrics: [
    { type: 'measure', name: 'job.time', value: '$ms', unit: 'ms', tags: { job: '$job', at: '$@proc' } },
    { type: 'count', name: 'jobs' },
  ],
};
const check = (content: unknown) => checkRules(JSON.stringify(content), 'rules.json', kit);

describe('a file of rules', () => {
  it('tells what each line becomes', () => {
    const tests = [
      {
        line: '<190>1 2024-05-01T10:00:01+00:00 host app worker.1 - job mail took 12ms',
        expect: ['count jobs 1', 'measure job.time 12 job=mail at=worker.1'],
      },
      {
        line: 'job x took 5ms',
        proc: 'run.7',
        app: 'shop',
        expect: ['count jobs 1 app=shop', 'measure job.time 5 app=shop at=run.7 job=x'],
      },
      { line: 'nothing', expect: [] },
    ];
    expect(check({ rules: [rule], tests })).toEqual({
      verdict: 'good',
      lines: [
        'rules.json is valid: 1 rule, 3 tests, all passed',
        '',
        '  tests[0] passed',
        '    line      <190>1 2024-05-01T10:00:01+00:00 host app worker.1 - job mail took 12ms',
        '    gives     measure job.time 12 at=worker.1 job=mail',
        '              count jobs 1',
        '',
        '  tests[1] passed',
        '    line      job x took 5ms',
        '    gives     measure job.time 5 app=shop at=run.7 job=x',
        '              count jobs 1 app=shop',
        '',
        '  tests[2] passed',
        '    line      nothing',
        '    gives     nothing',
      ],
    });
  });

  it('fails where a line becomes something else', () => {
    const tests = [{ line: 'job mail took xms', expect: ['measure job.time 12 job=mail'] }];
    expect(check({ rules: [rule], tests })).toEqual({
      verdict: 'failed',
      lines: [
        'rules.json is valid: 1 rule, 1 test, 1 failed',
        '',
        '  tests[0] FAILED',
        '    line      job mail took xms',
        '    expected  measure job.time 12 job=mail',
        '    got       count jobs 1',
        '    and 1 metric without a usable value',
      ],
    });
  });

  it('reads structured records', () => {
    const json = { name: 'j', parse: 'json', metrics: [{ type: 'unique', name: 'users', value: '$user' }] };
    const tests = [{ line: 'hello', fields: { user: 'bob' }, expect: ['unique users bob'] }];
    expect(check({ rules: [json], tests })?.verdict).toBe('good');
  });

  it('is told what is wrong with it', () => {
    expect(check({ rules: [{ ...rule, final: 1 }] })).toEqual({
      verdict: 'invalid',
      lines: ['rules.json: rule "jobs": rules[0].final: 1 is not true or false'],
    });
    expect(checkRules('{ "rules": [,', 'rules.json', kit)).toMatchObject({ verdict: 'invalid' });
  });

  it.each(['{}', '[]', 'null', '{ "frontends": [], "rules": [] }', 'frontends:', '{ "x": [,'])('is not %s', (text) => {
    expect(checkRules(text, 'rules.json', kit)).toBeUndefined();
  });
});
