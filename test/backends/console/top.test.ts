import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTop } from '../../../backends/console/top.ts';

describe('the first of many', () => {
  it('are those that come first in the whole list, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 1, max: 20 }), (numbers, limit) => {
        const top = createTop<number>(limit, (a, b) => b - a);
        for (const number of numbers) top.add(number);
        expect(top.take()).toEqual([...numbers].sort((a, b) => b - a).slice(0, limit));
      }),
    );
  });
});
