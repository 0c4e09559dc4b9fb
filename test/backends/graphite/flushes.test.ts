import { describe, expect, it } from 'vitest';
import { createFlushes } from '../../../backends/graphite/flushes.ts';

const START = 1_700_000_000;
const fresh = { last_flush: START, last_exception: 0, flush_time: 0, flush_length: 0 };

describe('the last flush', () => {
  it('is the last window of which every destination took every payload', () => {
    const flushes = createFlushes(START);
    flushes.sends(1, 2);
    flushes.delivered(1, 'a', 10);
    flushes.delivered(1, 'b', 3);
    flushes.sends(1, 2);
    flushes.delivered(1, 'b', 4);
    flushes.encoded(1, 500);
    expect(flushes.state).toEqual(fresh);
    flushes.delivered(1, 'a', 20);
    expect(flushes.state).toMatchObject({ flush_time: 30, flush_length: 500 });
    expect(flushes.state.last_flush).toBeGreaterThan(START);
  });

  it('is not one that waits while others are delivered', () => {
    const flushes = createFlushes(START);
    for (const window of [1, 2]) {
      flushes.sends(window, 1);
      flushes.encoded(window, window * 100);
    }
    flushes.delivered(2, 'a', 1);
    expect(flushes.state.flush_length).toBe(200);
    flushes.delivered(1, 'a', 1);
    expect(flushes.state.flush_length).toBe(100);
  });

  it('of a window without a payload is at once', () => {
    const flushes = createFlushes(START);
    flushes.encoded(1, 0);
    expect(flushes.state.last_flush).toBeGreaterThan(START);
  });

  it('of payloads that another back-end encoded is the time alone', () => {
    const flushes = createFlushes(START);
    flushes.delivered(1, 'a', 7);
    expect(flushes.state).toEqual({ ...fresh, last_flush: flushes.state.last_flush });
    expect(flushes.state.last_flush).toBeGreaterThan(START);
  });

  it('is not looked for in more than 64 windows that were given up', () => {
    const flushes = createFlushes(START);
    for (let window = 1; window <= 65; window++) {
      flushes.sends(window, 1);
      flushes.encoded(window, 100 + window);
    }
    flushes.delivered(1, 'a', 1);
    expect(flushes.state.flush_length).toBe(0);
    flushes.delivered(2, 'a', 1);
    expect(flushes.state.flush_length).toBe(102);
  });
});
