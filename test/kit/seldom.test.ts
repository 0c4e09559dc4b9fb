import { beforeEach, describe, expect, it, vi } from 'vitest';
import { seldom } from '../../src/kit/seldom.ts';

beforeEach(() => void vi.useFakeTimers());

function recorded() {
  const told: unknown[][] = [];
  return { told, tell: seldom((times, ...details: string[]) => void told.push([times, ...details])) };
}

describe('what is told seldom', () => {
  it('is told at once, even when the process is young', () => {
    const { told, tell } = recorded();
    tell('a', 'b');
    expect(told).toEqual([[1, 'a', 'b']]);
  });

  it('is told once a minute, with the times since and the details of the last one', () => {
    const { told, tell } = recorded();
    tell('first');
    tell('second');
    vi.advanceTimersByTime(59_999);
    tell('third');
    expect(told).toEqual([[1, 'first']]);
    vi.advanceTimersByTime(1);
    tell('fourth');
    expect(told).toEqual([
      [1, 'first'],
      [3, 'fourth'],
    ]);
    vi.advanceTimersByTime(60_000);
    tell('fifth');
    expect(told.at(-1)).toEqual([1, 'fifth']);
  });

  it('is told at once again, and counted from one, after it was over', () => {
    const { told, tell } = recorded();
    tell('first');
    tell('second');
    tell.over();
    tell('third');
    expect(told).toEqual([
      [1, 'first'],
      [1, 'third'],
    ]);
  });

  it('does not depend on what else is told', () => {
    const [one, other] = [recorded(), recorded()];
    one.tell('one');
    other.tell('other');
    expect([one.told, other.told]).toEqual([[[1, 'one']], [[1, 'other']]]);
  });
});
