import { describe, expect, it } from 'vitest';
import { createDeltas, MAX_DELTAS } from '../../src/aggregate/deltas.ts';

const plain = ({ deltaLength, deltaRows, deltas, deltaAt }: ReturnType<ReturnType<typeof createDeltas>['take']>) =>
  Array.from({ length: deltaLength }, (_, at) => [deltaRows[at], deltas[at], deltaAt[at]]);

describe('deltas', () => {
  it('are kept one by one and in order, also those of one instant', () => {
    const deltas = createDeltas();
    deltas.add(0, 0.1, Number.NEGATIVE_INFINITY, 5);
    deltas.add(1, 7, Number.NEGATIVE_INFINITY, 5);
    deltas.add(0, 0.2, Number.NEGATIVE_INFINITY, 5);
    deltas.add(0, 0.3, Number.NEGATIVE_INFINITY, 6);
    const taken = [
      [0, 0.1, 5],
      [1, 7, 5],
      [0, 0.2, 5],
      [0, 0.3, 6],
    ];
    expect(plain(deltas.take())).toEqual(taken);
    expect(plain(deltas.take())).toEqual([]);
  });

  it('give their place to those that come after a set', () => {
    const deltas = createDeltas();
    deltas.add(0, 1, Number.NEGATIVE_INFINITY, 5);
    deltas.add(0, 2, 6, 7);
    expect(plain(deltas.take())).toEqual([[0, 2, 7]]);
  });

  it('are added up when there are too many', () => {
    const deltas = createDeltas();
    for (let count = 0; count < MAX_DELTAS + 10; count++) deltas.add(3, 1, Number.NEGATIVE_INFINITY, count);
    deltas.add(4, 9, Number.NEGATIVE_INFINITY, MAX_DELTAS + 10);
    const taken = plain(deltas.take());
    expect(taken.length).toBe(MAX_DELTAS + 1);
    expect(taken.slice(-2)).toEqual([
      [3, 11, MAX_DELTAS + 9],
      [4, 9, MAX_DELTAS + 10],
    ]);
  });
});
