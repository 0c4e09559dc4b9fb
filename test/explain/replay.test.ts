import { expect, it } from 'vitest';
import { emptySummary, replayJson, replayText, summarized } from '../../src/explain/replay.ts';
import type { ReplayedRequest } from '../../src/plugin.ts';

const request = { method: 'POST', path: '/logs?app=shop', headers: {}, body: Buffer.from('x') };
const read: ReplayedRequest = {
  status: 204,
  sender: 'logplex',
  lines: [
    {
      text: 'count#cart.add=2 source=eu',
      process: 'web.1',
      metrics: [{ type: 'counter', name: 'cart.add', value: 2, tags: 'source:eu,app:shop', weight: 10 }],
      reasons: [],
    },
    { text: `\u001b[2Jx\ny${'z'.repeat(100)}`, metrics: [], reasons: ['no metric in it'] },
    { text: 'count#a=x', metrics: [], reasons: ['count#a: "x" is no value'] },
    { text: 'count#b:c=x', metrics: [], reasons: ['count#b:c: "x" is no value'] },
  ],
  metrics: [{ type: 'gauge', name: 'depth', value: 7 }],
  counted: [
    { name: 'drain.frame_errors', value: 1, meaning: 'the framing is broken there' },
    { name: 'drain.other', value: 2 },
  ],
  discarded: [{ reason: 'bad_value', value: 3 }],
};

it('prints lines of 80 columns at most, what came of each below it, and nothing that commands the terminal', () => {
  expect(replayText.request('0001', request, read)).toBe(`0001  POST /logs?app=shop  logplex  204
  web.1: count#cart.add=2 source=eu
    counter cart.add 2 x 10 {source:eu, app:shop}
  \\u001b[2Jx\\ny${'z'.repeat(64)}…
    - no metric in it
  count#a=x
    - count#a: "x" is no value
  count#b:c=x
    - count#b:c: "x" is no value
  gauge depth 7
  ! 1 drain.frame_errors: the framing is broken there
  ! 2 drain.other
  ! 3 rejected for bad_value
`);
});

it('prints what was refused, and why', () => {
  const refused = { status: 413, refusal: 'It is too long.', lines: [], metrics: [], counted: [], discarded: [] };
  expect(replayText.request('0002', request, refused)).toBe(
    '0002  POST /logs?app=shop  413\n  refused: It is too long.\n',
  );
});

it('sums up requests, lines and reasons, those that are told of most first', () => {
  let summary = summarized(emptySummary(), read);
  expect(replayText.summary(summary)).toBe(`
1 request, 4 lines, 2 metrics
1 line with metrics, 3 without
  2  "x" is no value
  1  no metric in it
`);
  const lines = Array.from({ length: 1200 }, (_, index) => ({ text: '', metrics: [], reasons: [`reason ${index}`] }));
  summary = summarized(summary, { ...read, status: 400, lines, metrics: [] });
  expect(summary.reasons.size).toBe(1000);
  const text = replayText.summary(summary);
  expect(text).toContain('2 requests (1 refused), 1204 lines, 2 metrics\n1 line with metrics, 1203 without\n');
  expect(text.endsWith('  1  reason 7\n  and 990 other reasons\n')).toBe(true);
  expect(replayText.summary(emptySummary())).toBe(
    '\n0 requests, 0 lines, 0 metrics\n0 lines with metrics, 0 without\n',
  );
});

it('is JSON for a program, of each line, each request and all together', () => {
  const rows = replayJson
    .request('0001', request, read)
    .trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row));
  expect(rows).toHaveLength(5);
  expect(rows[0]).toEqual({
    request: '0001',
    line: 1,
    text: 'count#cart.add=2 source=eu',
    process: 'web.1',
    metrics: [{ type: 'counter', name: 'cart.add', value: 2, tags: 'source:eu,app:shop', weight: 10 }],
    reasons: [],
  });
  expect(rows[4]).toMatchObject({
    request: '0001',
    method: 'POST',
    path: '/logs?app=shop',
    status: 204,
    sender: 'logplex',
  });
  expect(rows[4]).not.toHaveProperty('lines');
  expect(JSON.parse(replayJson.summary(summarized(emptySummary(), read)))).toEqual({
    summary: {
      requests: 1,
      refused: 0,
      lines: 4,
      linesWithMetrics: 1,
      metrics: 2,
      reasons: { '"x" is no value': 2, 'no metric in it': 1 },
    },
  });
});
