import { describe, expect, it } from 'vitest';
import { createRejectedLines } from '../../../../backends/live/store/rejected.ts';
import type { RejectedLine } from '../../../../src/plugin.ts';

const bad = (line: string, rest: Partial<RejectedLine> = {}): RejectedLine => ({
  frontend: 'udp',
  reason: 'bad_value',
  advice: 'a number belongs there',
  line,
  ...rest,
});

describe('rejected lines', () => {
  it('are listed with the latest first, alike ones as one', () => {
    const rejected = createRejectedLines();
    rejected.close([bad('a:x|c', { from: '10.0.0.1:5' }), bad('b:x|c')], 1000);
    rejected.close([bad('a:x|c'), bad('a:x|c', { frontend: 'tcp' }), bad('a:x|c', { reason: 'bad_type' })], 2000);
    expect(
      rejected
        .list()
        .map(({ line, frontend, reason, from, atMs, times }) => [line, frontend, reason, from, atMs, times]),
    ).toEqual([
      ['a:x|c', 'udp', 'bad_type', null, 2000, 1],
      ['a:x|c', 'tcp', 'bad_value', null, 2000, 1],
      ['a:x|c', 'udp', 'bad_value', null, 2000, 2],
      ['b:x|c', 'udp', 'bad_value', null, 1000, 1],
    ]);
  });

  it('of the open window are there until it closes, and are not counted twice', () => {
    const rejected = createRejectedLines();
    rejected.close([bad('a:x|c')], 1000);
    rejected.open([bad('a:x|c'), bad('b:x|c')], 1500);
    rejected.open([bad('a:x|c'), bad('b:x|c'), bad('b:x|c')], 1700);
    const seen = () => rejected.list().map(({ line, atMs, times }) => [line, atMs, times]);
    const expected = [
      ['b:x|c', 1500, 2],
      ['a:x|c', 1500, 2],
    ];
    expect(seen().sort()).toEqual([...expected].sort());
    rejected.close([bad('a:x|c'), bad('b:x|c'), bad('b:x|c')], 2000);
    expect(seen().sort()).toEqual([...expected].sort());
  });

  it('are 200 at most, the latest', () => {
    const rejected = createRejectedLines();
    for (let at = 0; at < 300; at++) rejected.close([bad(`line ${at}`)], at);
    expect(rejected.list()).toHaveLength(200);
    expect(rejected.list()[0]?.line).toBe('line 299');
    expect(rejected.list().at(-1)?.line).toBe('line 100');
  });

  it('are taken as they came, whatever is in them', () => {
    const rejected = createRejectedLines();
    rejected.close([bad('__proto__'), bad('<script>\u0000"\u202e')], 1);
    expect(
      rejected
        .list()
        .map(({ line }) => line)
        .sort(),
    ).toEqual(['<script>\u0000"\u202e', '__proto__']);
  });
});
