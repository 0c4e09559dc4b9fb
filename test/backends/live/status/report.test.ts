import { describe, expect, it } from 'vitest';
import { frontendsNow, statusReport } from '../../../../backends/live/status/report.ts';
import { frontend, lineCounts, serverStatus } from '../server-status.ts';

const rates = {
  totals: { received: 5, aggregated: 4, rejected: 1, dropped: 0, kernelDropped: 0 },
  received: new Map([['udp', 5]]),
};
const verdict = { level: 'good', text: 'well', advice: [] } as const;
const rest = { verdict, time: 9, series: 3, backends: [], process: { cpu: 0.5, rssBytes: 1, lagMs: null } };

describe('the report', () => {
  it('has front-ends with their rates, counts and open connections', () => {
    const own = new Map([
      ['connections.accepted', 9],
      ['connections.closed', 4],
    ]);
    const status = serverStatus({
      frontends: [
        frontend('udp', {
          received: 10,
          rejected: new Map([['bad_name', 2]]),
          dropped: new Map([['series_limit', 3]]),
        }),
        frontend('tcp', { received: 1, kernelDropped: 1, own }),
        frontend('unix', { own: new Map([['connections.accepted', 2]]) }),
      ],
    });
    const made = statusReport(status, rates, rest);
    expect(made).toMatchObject({
      pid: 7,
      ready: true,
      rates: { received: 5 },
      totals: { received: 11, aggregated: 0, rejected: 2, dropped: 3, kernelDropped: 1 },
      process: { cpu: 0.5, rssBytes: 1, lagMs: null },
    });
    expect(made.frontends.map(({ name, rate, connections }) => [name, rate, connections])).toEqual([
      ['udp', 5, null],
      ['tcp', 0, 5],
      ['unix', 0, 2],
    ]);
    expect(made.frontends[0]).toMatchObject({ rejected: { bad_name: 2 }, dropped: { series_limit: 3 } });
  });

  it('takes what was counted since, where it is known', () => {
    const status = serverStatus({ frontends: [frontend('a', { received: 1 }), frontend('b', { received: 2 })] });
    const counted = (accounts: Parameters<typeof frontendsNow>[1]) =>
      frontendsNow(status, accounts).map(({ counts }) => counts.received);
    expect(counted(undefined)).toEqual([1, 2]);
    expect(counted([{ name: 'b', counts: lineCounts({ received: 5 }) }])).toEqual([1, 5]);
  });
});
