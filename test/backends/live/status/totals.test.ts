import { describe, expect, it } from 'vitest';
import { overflowed, totalsOf, undelivered } from '../../../../backends/live/status/totals.ts';
import { backend, frontend, lane, serverStatus } from '../server-status.ts';

describe('totals', () => {
  it('add up all front-ends and reasons', () => {
    const reasons = new Map([
      ['a', 1],
      ['b', 2],
    ]);
    const frontends = [
      frontend('x', {
        received: 10,
        aggregated: 4,
        rejected: reasons,
        dropped: reasons,
        kernelDropped: 5,
        overflowed: 2,
      }),
      frontend('y', { received: 1, aggregated: 1, overflowed: 1 }),
    ];
    expect(totalsOf(frontends)).toEqual({ received: 11, aggregated: 5, rejected: 3, dropped: 3, kernelDropped: 5 });
    expect(overflowed(frontends)).toBe(3);
    expect(totalsOf([])).toEqual({ received: 0, aggregated: 0, rejected: 0, dropped: 0, kernelDropped: 0 });
  });

  it('add up windows and items that were never delivered, and not once more the payloads that they were in', () => {
    const backends = [
      backend({ lostWindows: new Map([['too_old', 2]]), lostItems: new Map([['bad_name', 3]]) }),
      backend({ lanes: [lane({ givenUp: new Map([['refused', 4]]) }), lane()] }),
    ];
    expect(undelivered(serverStatus({ backends }))).toBe(5);
  });
});
