import { expect, it } from 'vitest';
import { createKeyCosts } from '../../src/window/key-cost.ts';

it('a series costs its texts and what is around them', () => {
  const costs = createKeyCosts();
  expect(costs.of({ name: 'abc', tags: [] }, 3)).toBe(144 + 3);
  expect(costs.of({ name: 'abc', tags: ['a:1', 'b'] }, 8)).toBe(144 + 64 + 2 * 40 + 9);
});

it('a key costs all of what was sent, of which its texts are parts', () => {
  const costs = createKeyCosts();
  expect(costs.of({ name: 'abc', tags: ['x'] }, 5000)).toBe(144 + 64 + 40 + 5000);
});

it('a text with a character above U+00FF costs two bytes for each', () => {
  const costs = createKeyCosts();
  expect(costs.of({ name: 'é', tags: [] }, 2)).toBe(144 + 2);
  expect(costs.of({ name: '\ufffd'.repeat(100), tags: [] }, 100)).toBe(144 + 200);
  expect(costs.of({ name: 'a', tags: ['€'] }, 4)).toBe(144 + 64 + 40 + 8);
});

it('a list of tags that series share costs once', () => {
  const costs = createKeyCosts();
  const tags = ['env:prod', 'zone:a'];
  expect(costs.of({ name: 'a', tags }, 17)).toBe(144 + 64 + 80 + 17);
  expect(costs.of({ name: 'b', tags }, 17)).toBe(144 + 1);
  expect(costs.of({ name: 'c', tags: [...tags] }, 17)).toBe(144 + 64 + 80 + 17);
});
