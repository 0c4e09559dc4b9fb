import { describe, expect, it } from 'vitest';
import { createIdleSeries } from '../../src/window/idle-series.ts';

/** Series by number: when each was updated; undefined for one that is not idle. */
function open(times: (number | undefined)[]) {
  let looks = 0;
  let latestMs = 100;
  const idle = createIdleSeries({
    limit() {
      looks++;
      return times.length;
    },
    latestMs: () => latestMs,
    updatedMs: (series) => times[series] ?? latestMs,
    isIdle: (series) => times[series] !== undefined,
  });
  return {
    idle,
    looks: () => looks,
    advance(ms: number) {
      latestMs = ms;
    },
  };
}

describe('idle series', () => {
  it('come in the order in which they were updated last', () => {
    const { idle } = open([30, 10, undefined, 20, 10]);
    expect([idle.next(), idle.next(), idle.next(), idle.next(), idle.next()]).toEqual([1, 4, 3, 0, undefined]);
  });

  it('are passed over once they are used again', () => {
    const times = [10, 20, 30, 40];
    const { idle } = open(times);
    expect(idle.next()).toBe(0);
    times[1] = 99;
    delete (times as (number | undefined)[])[2];
    expect(idle.next()).toBe(3);
  });

  it('are looked for again only after something was received', () => {
    const times: number[] = [10];
    const { idle, looks, advance } = open(times);
    expect([idle.next()]).toEqual([0]);
    times.length = 0;
    expect([idle.next(), idle.next()]).toEqual([undefined, undefined]);
    const before = looks();
    times.push(50);
    expect([idle.next(), looks()]).toEqual([undefined, before]);
    advance(200);
    expect(idle.next()).toBe(0);
  });

  it('are looked for again when numbers have changed', () => {
    const times = [10, 20, 30];
    const { idle } = open(times);
    expect(idle.next()).toBe(0);
    times.splice(0, 3, 7);
    idle.reset();
    expect(idle.next()).toBe(0);
  });
});
