import { expect, it } from 'vitest';
import {
  clear,
  createTapBudget,
  giveRoomBack,
  MAX_IN_FLIGHT,
  refill,
  skipLine,
  skippedLines,
  takeLine,
  takeRoom,
} from '../../src/packets/tap-budget.ts';

it('gives each tap so many lines a second, and counts what it left out', () => {
  const budget = createTapBudget();
  expect(takeLine(budget, 7)).toBe(false);
  refill(budget, 7, 2);
  refill(budget, 0, 1);
  expect([takeLine(budget, 7), takeLine(budget, 7), takeLine(budget, 7)]).toEqual([true, true, false]);
  skipLine(budget, 7);
  expect([skippedLines(budget, 7), skippedLines(budget, 0)]).toEqual([1, 0]);
  expect(takeLine(budget, 0)).toBe(true);
  clear(budget, 7);
  expect(skippedLines(budget, 7)).toBe(0);
});

it('bounds what waits', () => {
  const budget = createTapBudget();
  expect(takeRoom(budget, MAX_IN_FLIGHT)).toBe(true);
  expect(takeRoom(budget, 1)).toBe(false);
  giveRoomBack(budget, 1);
  expect(takeRoom(budget, 1)).toBe(true);
});
