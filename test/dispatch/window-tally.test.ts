import { expect, it } from 'vitest';
import { createTally, loseItems, outcomeOf } from '../../src/dispatch/window-tally.ts';

it('is open while it is encoded, and while something of it waits', () => {
  const tally = createTally();
  expect(outcomeOf(tally)).toBeUndefined();
  tally.open = 1;
  tally.sealed = true;
  expect(outcomeOf(tally)).toBeUndefined();
  tally.open = 0;
  expect(outcomeOf(tally)).toEqual({ lost: undefined, lostItems: new Map() });
});

it('is delivered with what was taken of it, and the rest is lost item by item', () => {
  const tally = createTally();
  tally.delivered = true;
  loseItems(tally, 3, 'rejected');
  loseItems(tally, 4, 'rejected');
  loseItems(tally, 5, 'too_old');
  tally.sealed = true;
  expect(outcomeOf(tally)).toEqual({
    lost: undefined,
    lostItems: new Map([
      ['rejected', 7],
      ['too_old', 5],
    ]),
  });
});

it('is lost as a whole, and no item of it besides, when nothing was taken', () => {
  const tally = createTally();
  loseItems(tally, 3, 'queue_full');
  tally.sealed = true;
  expect(outcomeOf(tally)).toEqual({ lost: 'queue_full', lostItems: new Map() });
});
