import { describe, expect, it } from 'vitest';
import { backendView } from '../../../../backends/live/status/backend-view.ts';
import { type Seen, verdictOf } from '../../../../backends/live/status/verdict.ts';
import type { BackendStatus } from '../../../../src/plugin.ts';
import { backend, frontend, lane } from '../server-status.ts';

const quiet = { received: 0, aggregated: 0, rejected: 0, dropped: 0, kernelDropped: 0, overflowed: 0, undelivered: 0 };
const views = (...given: readonly Partial<BackendStatus>[]) =>
  given.map((one) => backendView(backend(one), 10_000, true));

const good: Seen = {
  ready: true,
  intervalMs: 10_000,
  received: 12_300,
  period: quiet,
  frontends: [frontend('tcp', { dropped: new Map([['set_members', 4]]) }), frontend('udp', { kernelDropped: 1500 })],
  backends: views({}, { name: 'datadog' }),
  rejected: [],
  widest: {
    name: 'page.views',
    type: 'counter',
    linesPerSecond: 1,
    series: 90_000,
    tag: { key: 'user', values: 80_000, samples: [] },
  },
  notKept: 0,
  maxSeries: 100_000,
  hasWindow: true,
};

const rejection = { line: 'a', frontend: 'udp', from: null, atMs: 1, times: 1 };

describe('the verdict', () => {
  it('is good where nothing is rejected or lost and every back-end delivered', () => {
    expect(verdictOf(good)).toEqual({
      level: 'good',
      text: '12,300 lines/s in · 0 rejected · 0 lost · every back-end delivered',
      advice: [],
    });
  });

  it('is good of a server that nobody sends anything', () => {
    expect(verdictOf({ ...good, received: 0 })).toMatchObject({
      level: 'good',
      text: expect.stringMatching(/^0 lines/),
    });
  });

  it('tells small rates with a decimal', () => {
    expect(verdictOf({ ...good, received: 0.2 }).text).toMatch(/^0\.2 lines\/s in/);
  });

  it.each([
    [
      'nothing came yet',
      { hasWindow: false },
      'warning',
      '0 lost · nothing to deliver yet',
      'Wait for the first window: one ends every 10 s.',
    ],
    [
      'the server is not ready',
      { ready: false },
      'bad',
      'every back-end delivered',
      'The server starts or stops: front-ends do not all accept traffic.',
    ],
    [
      'a front-end is down',
      { frontends: [{ ...frontend('tcp'), receiving: false }] },
      'bad',
      '12,300 lines/s',
      'The front-end "tcp" does not receive; the log says why, and it is tried again.',
    ],
    [
      'a lane is down',
      { backends: views({ lanes: [lane({ down: true, lastError: { atMs: 5, message: 'connect ECONNREFUSED' } })] }) },
      'bad',
      'graphite is down',
      'The back-end "graphite" (carbon) is down: connect ECONNREFUSED; nothing listens there: start it, or mend its address',
    ],
    [
      'two back-ends fail',
      {
        backends: views(
          { lastError: { atMs: 2000, message: 'POST http://a/: 403 Forbidden; look at "token"' } },
          { name: 'b', lastError: { atMs: 2000, message: '500' } },
        ),
      },
      'warning',
      'graphite is failing, and 1 more',
      'The back-end "graphite" fails: POST http://a/: 403 Forbidden; look at "token"',
    ],
    [
      'a back-end fails for a reason that is not known here',
      { backends: views({ lastError: { atMs: 2000, message: 'the disk is full' } }) },
      'warning',
      'graphite is failing',
      'The back-end "graphite" fails: the disk is full; see with "statsdrain check --online" whether it answers',
    ],
    [
      'a back-end is late',
      { backends: views({ queueAgeMs: 60_000 }) },
      'warning',
      'graphite is late',
      'The back-end "graphite" is late: what waits for it is older than two windows; see with "statsdrain check --online" whether it answers.',
    ],
    [
      'the kernel dropped datagrams',
      { period: { ...quiet, kernelDropped: 1500 } },
      'bad',
      '1,500 lost',
      'The kernel dropped 1,500 datagrams: raise "receiveBuffer" of the front-end "udp", and net.core.rmem_max with it.',
    ],
    [
      'lines were dropped',
      { period: { ...quiet, dropped: 4 } },
      'bad',
      '4 lost',
      'Good lines (4) were dropped at a limit (set_members): send less of it, or raise the limit; docs/METRICS.md says which.',
    ],
    [
      'windows were given up',
      {
        period: { ...quiet, undelivered: 2 },
        backends: views({}, { name: 'b', lostWindows: new Map([['too_old', 2]]) }),
      },
      'bad',
      '2 lost',
      'The back-end "b" lost what it was given (too_old); a "spool" keeps what cannot be delivered.',
    ],
    [
      'items are left out',
      { period: { ...quiet, undelivered: 1 }, backends: views({ lostItems: new Map([['unsupported', 1]]) }) },
      'warning',
      '1 lost',
      'The back-end "graphite" left out what it cannot take (unsupported); docs/METRICS.md has the reasons.',
    ],
    [
      'lines were rejected',
      {
        period: { ...quiet, rejected: 7 },
        rejected: [
          { ...rejection, reason: 'bad_name', advice: 'a name' },
          { ...rejection, reason: 'bad_value', advice: 'a number belongs there', times: 3 },
        ],
      },
      'warning',
      '7 rejected',
      '7 lines could not be read, most often for bad_value by "udp": a number belongs there',
    ],
    [
      'there is a sample of none',
      { period: { ...quiet, rejected: 1 } },
      'warning',
      '1 rejected',
      '1 line could not be read, see "rejected"',
    ],
    [
      'series overflow',
      { period: { ...quiet, overflowed: 10 } },
      'warning',
      'every back-end delivered',
      '10 lines went into overflow series, over the limit of series. "page.views" has the most series (90,000, 80,000 values of "user").',
    ],
    [
      'there is no room for series',
      { notKept: 5000 },
      'warning',
      'every back-end delivered',
      '5,000 series are not shown: raise "maxSeries" (100,000) of the back-end "live", or send fewer. "page.views" has the most series (90,000, 80,000 values of "user").',
    ],
  ] as const)('when %s', (_, changes, level, text, advice) => {
    const verdict = verdictOf({ ...good, ...changes } as Seen);
    expect(verdict.level).toBe(level);
    expect(verdict.text).toContain(text);
    expect(verdict.advice[0]).toBe(advice);
  });

  it('says the worst first', () => {
    const { level, advice } = verdictOf({ ...good, notKept: 1, period: { ...quiet, rejected: 1, kernelDropped: 1 } });
    expect(level).toBe('bad');
    expect(advice).toHaveLength(3);
    expect(advice[0]).toMatch(/kernel/);
  });
});
