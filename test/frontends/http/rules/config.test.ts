import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith, loadIn, problemsOf } from '../../../config/temporary.ts';

const rule = {
  name: 'a',
  parse: 'logfmt',
  metrics: [{ type: 'count', name: 'hits', tags: { s: `\${s:class}`, t: '$STATE' } }],
};
const configOf = (rules: unknown) => ({
  frontends: [{ type: 'http', port: 0, rules }],
  backends: [{ type: 'console' }],
});

it('rules stand in the configuration, where nothing in them is a reference, or in a file beside it', async () => {
  const folder = folderWith({ 'config.json': configOf({ rules: [rule] }) });
  const [inline] = (await loadIn(folder)).frontends;
  expect(inline?.config).toMatchObject({ rules: { set: { rules: [{ metrics: [{ tags: rule.metrics[0]!.tags }] }] } } });

  const other = folderWith({ 'config.json': configOf('./my/rules.json'), 'my/rules.json': { rules: [rule] } });
  expect(inline?.plugin.describe?.(inline.config)).toContain('/statsd, 1 rule of your own, ');
  const [inFile] = (await loadIn(other)).frontends;
  expect(inFile?.config).toMatchObject({
    rules: { file: join(other, 'my/rules.json'), set: { rules: [{ name: 'a' }] } },
  });
});

it('mistakes in rules are told with their place', async () => {
  const bad = { rules: [{ ...rule, where: [{ field: 's', op: '=' }] }] };
  const operators = '(valid values: ==, !=, <, <=, >, >=, in, exists, contains, prefix)';
  expect(await problemsOf(configOf(bad))).toEqual([
    `config.json: frontends[0].rules.rules[0].where[0].op: "=" is not a valid value ${operators}`,
  ]);
  expect(await problemsOf(configOf('rules.json'), {}, { 'rules.json': bad })).toEqual([
    `config.json: frontends[0].rules: "rules.json": rule "a": rules[0].where[0].op: "=" is not a valid value ${operators}`,
  ]);
  expect(await problemsOf(configOf('rules.json'))).toEqual([
    'config.json: frontends[0].rules: the rules "rules.json" cannot be read: no such file; put it there, readable for the user of this process, or correct "rules"',
  ]);
  expect(await problemsOf(configOf(5))).toEqual([
    'config.json: frontends[0].rules: the value is not a path (such as "./file.pem", not what the file holds) or an object',
  ]);
});
