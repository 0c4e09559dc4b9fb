import { describe, expect, it } from 'vitest';
import type { MetricRecord } from '../../../../../frontends/http/senders/datadog/records.ts';
import { createTaker } from '../../../../../frontends/http/senders/datadog/taker.ts';
import { atOnce } from '../../../../../src/kit/slices.ts';
import { recordIntake } from '../../../../helper/intake.ts';

/** Unix seconds. */
const NOW = 1_700_000_000;

function start() {
  const intake = recordIntake();
  const late: number[] = [];
  const taker = createTaker({ intake, near: 60_000, now: () => NOW * 1000, late: (count) => late.push(count) });
  return { intake, taker, late };
}

type Given = Partial<Omit<MetricRecord, 'points'>>;

/** What becomes of points `[seconds from now, value]`. */
function taken(given: Given, ...points: readonly (readonly [time: number, value: number])[]) {
  const { intake, taker } = start();
  const at = points.map(([time, value]) => ({ time: NOW + time, value }));
  atOnce(taker.metrics([{ name: 'a', tags: 'x:y', type: 'gauge', interval: 0, ...given, points: at }]));
  const samples = intake.samples.map(({ type, name, value, tags }) => `${type} ${name} ${value} ${tags ?? ''}`.trim());
  return { samples, lines: intake.received, discarded: Object.fromEntries(intake.discarded) };
}

describe('points near to now', () => {
  it.each<[Given, number, string]>([
    [{ type: 'gauge' }, -5, 'gauge a -5 x:y'],
    [{ type: 'count' }, 3, 'counter a 3 x:y'],
    [{ type: 'count', interval: 10 }, 3, 'counter a 3 x:y'],
    [{ type: 'rate', interval: 10 }, 2.5, 'counter a 25 x:y'],
    [{ type: 'rate', interval: 0 }, 2.5, 'gauge a 2.5 x:y'],
    [{ type: 'count', tags: '' }, 1, 'counter a 1'],
  ])('%j of %d is %s', (given, value, sample) => {
    expect(taken(given, [0, value])).toEqual({ samples: [sample], lines: [], discarded: {} });
  });

  it('are those within a minute, before or after', () => {
    const { samples, lines } = taken({ type: 'count' }, [-60, 1], [60, 2], [-60.001, 4], [61, 8]);
    expect(samples).toEqual(['counter a 1 x:y', 'counter a 2 x:y']);
    expect(lines).toEqual([`a:4|c|T${NOW - 61}|#x:y`, `a:8|c|T${NOW + 61}|#x:y`]);
  });

  it('of a gauge are taken in the order of their times', () => {
    expect(taken({}, [-10, 1], [-30, 2], [-20, 3]).samples).toEqual([
      'gauge a 2 x:y',
      'gauge a 3 x:y',
      'gauge a 1 x:y',
    ]);
  });

  it('without a number are handed over, and refused there', () => {
    expect(taken({ type: 'count' }, [0, Number.NaN]).samples).toEqual(['counter a NaN x:y']);
  });
});

describe('other points', () => {
  it.each<[Given, number, string]>([
    [{ type: 'gauge' }, -5, `a:-5|g|T${NOW - 3600}|#x:y`],
    [{ type: 'rate', interval: 10 }, 2.5, `a:25|c|T${NOW - 3600}|#x:y`],
    [{ type: 'count', tags: '' }, 1e21, `a:1e+21|c|T${NOW - 3600}`],
  ])('%j of %d keeps its time', (given, value, line) => {
    expect(taken(given, [-3600, value])).toEqual({ samples: [], lines: [line], discarded: {} });
  });

  it.each([
    ['without a time', Number.NaN, 1],
    ['of 1970', -NOW, 1],
    ['without a value', -3600, Number.NaN],
    ['of an infinite value', -3600, Number.POSITIVE_INFINITY],
    ['of more than ten minutes from now', 601, 1],
    ['with a time in milliseconds', 999 * NOW, 1],
  ])('%s are refused', (_, time, value) => {
    expect(taken({ type: 'count' }, [time, value])).toEqual({ samples: [], lines: [], discarded: { bad_value: 1 } });
  });

  it('of a type that nobody knows are refused', () => {
    expect(taken({ type: undefined }, [0, 1], [0, 2])).toEqual({
      samples: [],
      lines: [],
      discarded: { unsupported: 2 },
    });
  });
});

describe('distributions', () => {
  it('enter the window, and are counted where their time is another', () => {
    const { intake, taker, late } = start();
    const points = [
      { time: NOW, value: [1, 2] },
      { time: NOW - 3600, value: [3] },
    ];
    atOnce(taker.distributions([{ name: 'd', tags: '', points }]));
    expect(intake.samples.map(({ type, value }) => [type, value])).toEqual([
      ['distribution', 1],
      ['distribution', 2],
      ['distribution', 3],
    ]);
    expect(late).toEqual([1]);
  });

  it('are refused by value without a time, and as one without values', () => {
    const { intake, taker } = start();
    const points = [
      { time: Number.NaN, value: [1, 2] },
      { time: NOW, value: [] },
      { time: 0, value: [] },
    ];
    atOnce(taker.distributions([{ name: 'd', tags: '', points }]));
    expect([intake.samples, intake.discarded.get('bad_value')]).toEqual([[], 4]);
  });
});

it('sketches enter the window with the weights of their bins', () => {
  const { intake, taker, late } = start();
  const sketch = { min: 1, max: 10, sum: 15, keys: [1338, 1383, 1487], counts: [1, 2, 1] };
  atOnce(
    taker.sketches([
      { name: 'd', tags: 'a', points: [{ time: NOW, value: sketch }] },
      { name: 'd', tags: 'a', points: [{ time: NOW - 90, value: { ...sketch, keys: [] } }] },
      { name: 'd', tags: 'a', points: [{ time: 0, value: sketch }] },
    ]),
  );
  expect(intake.samples.map(({ type, value, weight }) => [type, Number(value.toFixed(9)), weight])).toEqual([
    ['distribution', 1, 1],
    ['distribution', 10, 1],
    ['distribution', 2, 2],
  ]);
  expect([intake.discarded.get('bad_value'), late]).toEqual([2, [1]]);
});

it('events and service checks become lines; those that are none are refused', () => {
  const { intake, taker } = start();
  taker.events([
    { title: 'a', text: 'b', tags: '' },
    { title: '', text: 'b', tags: '' },
  ]);
  taker.checks([
    { name: 'c', status: 2, tags: '' },
    { name: 'c', status: 9, tags: '' },
  ]);
  expect([intake.received, intake.discarded.get('bad_value')]).toEqual([['_e{1,1}:a|b', '_sc|c|2'], 2]);
});
