import { describe, expect, it } from 'vitest';
import { escapeControls } from '../../src/kit/escape.ts';

describe('escapes', () => {
  it.each([
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u0000\u001b[2J\u007f', '\\u0000\\u001b[2J\\u007f'],
    ['\u0085\u009b', '\\u0085\\u009b'],
    ['\u061c\u200b\u200f\u202e\u2028\u2066\ufeff', '\\u061c\\u200b\\u200f\\u202e\\u2028\\u2066\\ufeff'],
  ])('%j', (text, expected) => {
    expect(escapeControls(text)).toBe(expected);
  });

  it('leave all other text as it is', () => {
    const text = 'käse "x" \\n 東京 🎉 \u00a0\u2026';
    expect(escapeControls(text)).toBe(text);
  });
});
