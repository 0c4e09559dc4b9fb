import { describe, expect, it } from 'vitest';
import { escapedPairs, escapedText, labelText, pairsFor } from '../../../../backends/prometheus/exposition/labels.ts';

it.each([
  [[], ''],
  [['a:1'], 'a="1"'],
  [['a:1', 'b:x:y'], 'a="1",b="x:y"'],
  [['a:"q" \\ \n'], 'a="\\"q\\" \\\\ \\n"'],
  [['b.c:x'], '"b.c"="x"'],
  [['say "b":x'], '"say \\"b\\""="x"'],
])('%j as text', (pairs, text) => {
  expect(labelText(pairs)).toBe(text);
});

describe('for a reader that wants names escaped', () => {
  const labelsOf = (...pairs: readonly string[]) => ({ pairs, text: labelText(pairs) });

  it('classic names are passed on as they are', () => {
    const labels = labelsOf('a:1', 'b:ends in a comma,', 'c:"');
    expect(escapedText(labels, 'underscores')).toBe(labels.text);
    expect(pairsFor(labelsOf('a:1', 'b:2'), 'values')).toEqual(['a:1', 'b:2']);
  });

  it('others are escaped', () => {
    const labels = labelsOf('a:1', 'b.c:x:y');
    expect(escapedText(labels, 'underscores')).toBe('a="1",b_c="x:y"');
    expect(escapedText(labels, 'values')).toBe('U__b_2e_c="x:y",a="1"');
    expect(escapedText(labels, 'allow-utf-8')).toBe('a="1","b.c"="x:y"');
    expect(pairsFor(labels, 'dots')).toEqual(['a:1', 'b_dot_c:x:y']);
  });

  it('no name stands twice, and none becomes one of those that Prometheus keeps to itself', () => {
    expect(escapedPairs(['a.b:1', 'a_b:2'], 'underscores')).toEqual(['a_b:2']);
    expect(escapedPairs(['-.name-.:x', '.:1'], 'underscores')).toEqual(['_:1', 'tag___name__:x']);
  });

  it('they are in the order of their names, as all labels are', () => {
    expect(escapedPairs(['a:1', 'a1:2', 'b.c:3'], 'underscores')).toEqual(['a:1', 'a1:2', 'b_c:3']);
  });
});
