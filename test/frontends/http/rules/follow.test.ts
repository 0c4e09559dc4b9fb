import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { followRules } from '../../../../frontends/http/rules/follow.ts';
import type { WatchOptions } from '../../../../src/kit/watch.ts';
import { folderWith } from '../../../config/temporary.ts';
import { frontendContext } from '../../../helper/intake.ts';

const rules = (name: string) => ({ rules: [{ name, metrics: [{ type: 'count', name: 'hits' }] }] });

it('takes other rules when their file changes, and keeps those it has where they cannot be used', () => {
  const file = join(folderWith({ 'rules.json': rules('old') }), 'rules.json');
  const context = frontendContext();
  const taken: string[] = [];
  let watched: WatchOptions | undefined;
  let ended = false;
  const end = followRules(
    file,
    (set) => taken.push(...set.rules.map(({ name }) => name)),
    context,
    (options) => {
      watched = options;
      return () => {
        ended = true;
      };
    },
  );
  expect(watched?.file).toBe(file);

  writeFileSync(file, JSON.stringify(rules('new')));
  watched?.changed();
  expect(taken).toEqual(['new']);
  writeFileSync(file, JSON.stringify({ rules: [{ name: 'bad', metrics: [] }], tests: 1 }));
  watched?.changed();
  watched?.gone();
  expect(taken).toEqual(['new']);
  expect(context.logged.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'info reads lines by other rules',
    `error "${file}": rule "bad": rules[0].metrics: a list is empty`,
    `error "${file}": tests: 1 is not a list`,
    'error the rules were not replaced; going on with those that were there before',
    `warn "${file}" is gone; going on with the rules that were in it, which a restart needs back`,
  ]);
  end();
  expect(ended).toBe(true);
});
