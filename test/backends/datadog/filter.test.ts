import { expect, it } from 'vitest';
import { destinationsOf } from '../../../backends/datadog/filter.ts';

it('leaves everything as it is where nothing is left out', () => {
  expect(destinationsOf([{}, { exclude: [] }])).toBeUndefined();
});

it.each([
  ['app.x', undefined],
  ['app.secret.x', 0b001],
  ['web.x', 0b101],
  ['ap', 0b001 | 0b100],
  ['', 0b101],
])('%j goes to %s', (name, bits) => {
  const of = destinationsOf([{}, { include: ['app.'], exclude: ['app.secret.'] }, { exclude: ['app.secret'] }]);
  expect(of?.(name)).toBe(bits);
});

it('can leave out all', () => {
  expect(destinationsOf([{ include: [] }])?.('x')).toBe(0);
});
