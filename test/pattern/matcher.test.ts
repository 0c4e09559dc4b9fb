import { describe, expect, it } from 'vitest';
import { groupText } from '../../src/pattern/matcher.ts';
import { parseMatcher } from '../../src/pattern/parse.ts';

describe('what a group matched', () => {
  it('is found by number and by name, and is empty where there is none', () => {
    const matcher = parseMatcher('regex', '(a)(?P<who>b)(c)?');
    const text = groupText(matcher, matcher.match('ab')!);
    expect([text(0), text(1), text(2), text('who'), text(3), text(4), text('1'), text('nobody')]).toEqual([
      'ab',
      'a',
      'b',
      'b',
      '',
      '',
      '',
      '',
    ]);
  });
});
