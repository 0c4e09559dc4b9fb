import { describe, expect, it } from 'vitest';
import { createShelf, type Shelved } from '../../src/dispatch/shelf.ts';
import { createTally } from '../../src/dispatch/window-tally.ts';

const shelved = (sinceMs: number): Shelved => ({
  entry: { backend: 'b', lane: 'l', createdMs: sinceMs, items: 1 },
  window: createTally(),
  sinceMs,
  tried: false,
});

describe('a shelf', () => {
  it('gives the oldest first, whatever the order in which they came', () => {
    const shelf = createShelf();
    for (const sinceMs of [3, 1, 2]) shelf.add(shelved(sinceMs));
    expect([shelf.length, shelf.oldestMs]).toEqual([3, 1]);
    expect([shelf.shift(0), shelf.shift(0), shelf.shift(0), shelf.shift(0)].map((one) => one?.sinceMs)).toEqual([
      1,
      2,
      3,
      undefined,
    ]);
  });

  it('gives twice as many as came live, and alone one in half a second', () => {
    const shelf = createShelf();
    for (let index = 0; index < 20; index++) shelf.add(shelved(index));
    shelf.live();
    shelf.live();
    let given = 0;
    while (shelf.waitMs(1000) === 0) {
      shelf.shift(1000);
      given++;
    }
    expect(given).toBe(4);
    expect([shelf.waitMs(1000), shelf.waitMs(1400), shelf.waitMs(1500)]).toEqual([500, 100, 0]);
  });

  it('saves up nothing: not while it is empty, and not while the server takes nothing', () => {
    const shelf = createShelf();
    for (let index = 0; index < 9; index++) shelf.live();
    shelf.add(shelved(1));
    shelf.add(shelved(2));
    shelf.shift(0);
    expect(shelf.waitMs(0)).toBe(500);
    shelf.live();
    shelf.pause();
    expect(shelf.waitMs(0)).toBe(500);
  });

  it('gives up one that is gone, and those that are too old', () => {
    const shelf = createShelf();
    const all = [1, 2, 3, 4].map(shelved);
    for (const one of all) shelf.add(one);
    expect(shelf.remove(all[1]!)).toBe(true);
    expect(shelf.remove(all[1]!)).toBe(false);
    expect([shelf.length, shelf.oldestMs]).toEqual([3, 1]);
    expect(shelf.takeOlderThan(3)).toEqual([all[0]]);
    expect(shelf.takeAll()).toEqual([all[2], all[3]]);
    expect(shelf.length).toBe(0);
  });
});
