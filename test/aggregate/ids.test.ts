import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIds } from '../../src/aggregate/ids.ts';

describe('ids', () => {
  it('are small, and given again only after they were settled', () => {
    const ids = createIds();
    expect([ids.take(), ids.take(), ids.take()]).toEqual([0, 1, 2]);
    ids.retire(1);
    expect(ids.take()).toBe(3);
    expect([...ids.settle()]).toEqual([1]);
    expect([ids.take(), ids.take()]).toEqual([1, 4]);
    ids.cancel(4);
    expect(ids.take()).toBe(4);
    expect([...ids.settle()]).toEqual([]);
  });

  it('can all be retired at once, those that were retired before too', () => {
    const ids = createIds();
    for (let taken = 0; taken < 6; taken++) ids.take();
    ids.retire(4);
    ids.settle();
    ids.retire(1);
    ids.retireAll();
    expect([...ids.settle()]).toEqual([0, 1, 2, 3, 5]);
    expect([ids.take(), ids.take()]).toEqual([0, 1]);
    expect([...ids.settle()]).toEqual([]);
  });

  it('never stand for two keys', () => {
    const step = fc.constantFrom('take' as const, 'retire' as const, 'settle' as const, 'all' as const);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ids = createIds();
        const live = new Set<number>();
        let waiting: number[] = [];
        for (const one of steps) {
          const [oldest] = live;
          if (one === 'take') {
            const id = ids.take();
            expect(live.has(id) || waiting.includes(id)).toBe(false);
            live.add(id);
          } else if (one === 'retire' && oldest !== undefined) {
            ids.retire(oldest);
            live.delete(oldest);
            waiting.push(oldest);
          } else if (one === 'settle' || one === 'all') {
            if (one === 'all') {
              ids.retireAll();
              waiting.push(...live);
              live.clear();
            }
            expect([...ids.settle()].sort((a, b) => a - b)).toEqual(waiting.sort((a, b) => a - b));
            waiting = [];
          }
        }
      }),
    );
  });
});
