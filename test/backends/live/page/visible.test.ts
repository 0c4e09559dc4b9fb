import { describe, expect, it } from 'vitest';
import { cut, visible } from '../../../../backends/live/page/visible.ts';

const shown = (text: string) =>
  visible(text)
    .map((piece) => (piece.isEscape ? `[${piece.text}]` : piece.text))
    .join('');

describe('visible', () => {
  it.each([
    ['plain', 'page.views', 'page.views'],
    ['empty', '', ''],
    ['other writing', 'просмотры.页面.צפיות.é', 'просмотры.页面.צפיות.é'],
    ['markup', '<b onclick=x>&amp;', '<b onclick=x>&amp;'],
    ['controls', 'a\tb\nc\rd\u0000e\u001bf\u007fg\u0085', 'a[\\t]b[\\n]c[\\r]d[\\u0000]e[\\u001b]f[\\u007f]g[\\u0085]'],
    ['direction', 'pay\u202egnp.exe\u2066x\u2069', 'pay[\\u202e]gnp.exe[\\u2066]x[\\u2069]'],
    ['what cannot be seen', 'a\u200bb\u00adc\ufeffd\u2028', 'a[\\u200b]b[\\u00ad]c[\\ufeff]d[\\u2028]'],
    ['half a pair', 'a\ud83dz', 'a[\\ud83d]z'],
    ['tags beyond the first plane', 'a\u{e0041}', 'a[\\u{e0041}]'],
    ['a picture', 'ok 😀', 'ok 😀'],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toBe(expected);
  });
});

it('cuts between characters', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('abc');
  expect(cut('ab😀d', 3)).toBe('ab');
});
