import { describe, expect, it } from 'vitest';
import { holdSeries } from '../../src/kit/held-series.ts';
import { recordIntake } from '../helper/intake.ts';

/** An intake that counts how often a series was opened. */
function open(capacity: number) {
  const intake = recordIntake();
  let opened = 0;
  const { sample } = holdSeries(
    {
      series: (...series) => {
        opened++;
        return intake.series(...series);
      },
    },
    capacity,
  );
  return { intake, sample, opened: () => opened };
}

describe('held series', () => {
  it('tell types, names and tags apart, and are opened once', () => {
    const { intake, sample, opened } = open(10);
    for (let round = 1; round <= 2; round++) {
      sample('counter', 'a', round);
      sample('timer', 'a', round);
      sample('counter', 'b', round, 'x:1');
      sample('counter', 'a', round, 'x:1');
      sample('counter', 'a', round, '');
    }
    expect(opened()).toBe(4);
    const texts = intake.samples.map(({ type, name, value, tags }) => `${type} ${name} ${tags ?? ''} ${value}`);
    const round = (value: number) =>
      ['counter a ', 'timer a ', 'counter b x:1', 'counter a x:1', 'counter a '].map((key) => `${key} ${value}`);
    expect(texts).toEqual([...round(1), ...round(2)]);
  });

  it('pass the weight of a sample on', () => {
    const { intake, sample } = open(10);
    sample('counter', 'a', 1, 'x:1', 10);
    sample('counter', 'a', 2, 'x:1');
    expect(intake.samples).toEqual([
      { type: 'counter', name: 'a', value: 1, tags: 'x:1', weight: 10 },
      { type: 'counter', name: 'a', value: 2, tags: 'x:1' },
    ]);
  });

  it('are not more than the capacity', () => {
    const { intake, sample, opened } = open(3);
    for (let round = 0; round < 2; round++) for (let name = 0; name < 4; name++) sample('gauge', `n${name}`, name);
    expect(opened()).toBeGreaterThan(4);
    expect(intake.samples.map(({ value }) => value)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });
});
