import { expect, it } from 'vitest';
import { createPace } from '../../../src/kit/http/pace.ts';

function paceAt(perSecond: number) {
  let now = 0;
  const pace = createPace(perSecond, () => now);
  const ask = (client: string) => {
    try {
      return pace(client);
    } catch (error) {
      return (error as { status: number }).status;
    }
  };
  return {
    ask,
    pass(ms: number) {
      now += ms;
    },
  };
}

it('lets a second of requests go at once, holds the next ones back, and refuses what would wait for over two seconds', () => {
  const { ask } = paceAt(10);
  const answers = Array.from({ length: 33 }, () => ask('a'));
  expect(answers.slice(0, 11)).toEqual(new Array(11).fill(0));
  expect(answers.slice(11, 31)).toEqual(Array.from({ length: 20 }, (_, index) => 100 * (index + 1)));
  expect(answers.slice(31)).toEqual([429, 429]);
});

it('forgives with time, and holds nobody back for another one', () => {
  const { ask, pass } = paceAt(10);
  for (let request = 0; request < 31; request++) ask('a');
  expect([ask('a'), ask('b')]).toEqual([429, 0]);
  pass(100);
  expect([ask('a'), ask('a')]).toEqual([2000, 429]);
  pass(10_000);
  expect(ask('a')).toBe(0);
});

it('knows a bounded number of clients', () => {
  const { ask } = paceAt(1);
  for (let client = 0; client < 20_000; client++) expect(ask(`10.0.${client >> 8}.${client & 255}`)).toBe(0);
});
