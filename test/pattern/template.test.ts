import { describe, expect, it } from 'vitest';
import { expand, parseTemplate } from '../../src/pattern/template.ts';

/** Groups in `<>`, by number without quotes. */
const shown = (text: string) => expand(parseTemplate(text), (group) => `<${JSON.stringify(group)}>`);

// By the documentation of Go's Regexp.Expand.
describe('a template', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['$1', '<1>'],
    ['a$1-$2b', 'a<1>-<"2b">'],
    ['a$1.$2', 'a<1>.<2>'],
    ['$1_x', '<"1_x">'],
    [`\${1}_x`, '<1>_x'],
    ['$1x', '<"1x">'],
    [`\${1x}`, '<"1x">'],
    ['$10', '<10>'],
    [`\${1}0`, '<1>0'],
    ['$0', '<0>'],
    ['$01', '<"01">'],
    ['$1234567890', '<"1234567890">'],
    ['$name', '<"name">'],
    ['$größe!', '<"größe">!'],
    ['$$', '$'],
    ['$$1', '$1'],
    ['$$$1', '$<1>'],
    ['$', '$'],
    ['$.$-$ ', '$.$-$ '],
    [`\${`, `\${`],
    [`\${}`, `\${}`],
    [`\${1`, `\${1`],
    [`\${a.b}`, `\${a.b}`],
  ])('%s is %s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('knows how a reference is written', () => {
    expect(parseTemplate(`a\${1}$x`)).toEqual(['a', { group: 1, written: `\${1}` }, { group: 'x', written: '$x' }]);
  });
});
