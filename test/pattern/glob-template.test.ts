import { expect, it } from 'vitest';
import { parseGlobTemplate } from '../../src/pattern/glob-template.ts';
import { expand } from '../../src/pattern/template.ts';

// Held against the formatter of statsd_exporter (pkg/mapper/fsm/formatter.go).
it.each([
  ['plain', 'plain'],
  ['$1', 'x'],
  [`\${1}_server`, 'x_server'],
  ['$1_foo', ''],
  ['pre-$3-post', 'pre--post'],
  ['$0', ''],
  ['$name', ''],
  ['$$1', ''],
  ['$1-$2-$1', 'x-y-x'],
  ['$', '$'],
  ['a $ b', 'a $ b'],
])('%s becomes %j', (template, text) => {
  const taken = ['x', 'y'];
  expect(expand(parseGlobTemplate(template, taken.length), (group) => taken[Number(group) - 1] ?? 'none')).toBe(text);
});
