import { expect, it } from 'vitest';
import { adviceFor, isForeign, judge, writtenOf } from '../../../../backends/prometheus/remote-write/answer.ts';
import { usualVerdict } from '../../../../src/kit/http/verdict.ts';

it.each([
  [204, 'accepted'],
  [400, 'rejected'],
  [401, 'useless'],
  [404, 'useless'],
  [408, 'useless'],
  [413, 'too_large'],
  [415, 'useless'],
  [422, 'useless'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
] as const)('takes %i for %s', (status, verdict) => {
  expect(judge(status, '') ?? usualVerdict(status)).toBe(verdict);
});

it('sends nothing again that a receiver without native histograms has refused', () => {
  expect(judge(500, 'native histograms are disabled')).toBe('useless');
  expect(judge(500, 'out of memory')).toBeUndefined();
});

it('tells what to look at', () => {
  expect(adviceFor(401, '')).toContain('"auth"');
  expect(adviceFor(404, '')).toContain('/api/v1/write');
  expect(adviceFor(422, '')).toBe('');
  expect(adviceFor(500, 'native histograms are disabled')).toContain('"nativeHistograms"');
});

const taken = { kind: 'accepted', text: '', complaints: [] } as const;
const said = (samples: string, histograms?: string) => ({
  headers: new Map([
    ['x-prometheus-remote-write-samples-written', samples],
    ...(histograms === undefined ? [] : [['x-prometheus-remote-write-histograms-written', histograms] as const]),
  ]),
});

it.each([
  ['nothing', {}, undefined],
  ['no such header', { headers: new Map() }, undefined],
  ['samples', said('3'), 3],
  ['samples and histograms', said('3', '2'), 5],
  ['none', said('0', '0'), 0],
  ['no number', said('many'), undefined],
])('reads what was written: %s', (_, answered, written) => {
  expect(writtenOf(answered)).toBe(written);
});

it('knows a receiver that does not know version 2', () => {
  expect(isForeign({ ...taken, status: 204 })).toBe(true);
  expect(isForeign({ ...taken, status: 204, ...said('0') })).toBe(false);
  expect(isForeign({ kind: 'useless', text: '', status: 415 })).toBe(true);
  expect(isForeign({ kind: 'rejected', tooLarge: false, text: '', status: 400 })).toBe(false);
});
