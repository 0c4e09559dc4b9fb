import { expect, it } from 'vitest';
import { cell, cutTo, widthOf } from '../../src/commands/columns.ts';

it.each([
  ['page.views', 10],
  ['日本', 4],
  ['e\u0301', 1],
  ['🚀', 2],
  ['', 0],
])('%j takes %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

it.each([
  ['page.views', 10, 'page.views'],
  ['page.views', 5, 'page…'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['a\u001b[2J', 20, 'a\\u001b[2J'],
  ['a\u202eb', 4, 'a\\u…'],
  ['abc', 0, ''],
  ['abc', 1, '…'],
])('%j is cut to %i columns', (text, width, expected) => {
  expect(cutTo(text, width)).toBe(expected);
});

it('fills up to the width', () => {
  expect([cell('日', 4), cell('abcdef', 4)]).toEqual(['日  ', 'abc…']);
});
