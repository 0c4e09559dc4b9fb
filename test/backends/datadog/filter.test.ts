import { expect, it } from 'vitest';
import { destinationsOf } from '../../../backends/datadog/filter.ts';

it('leaves everything as it is where nothing is left out', () => {
  expect(destinationsOf([[{}], [{ exclude: [] }]])).toBeUndefined();
});

it.each([
  ['app.x', undefined],
  ['app.secret.x', 0b001],
  ['web.x', 0b101],
  ['ap', 0b001 | 0b100],
  ['', 0b101],
])('%j goes to %s', (name, bits) => {
  const of = destinationsOf([[{}], [{ include: ['app.'], exclude: ['app.secret.'] }], [{ exclude: ['app.secret'] }]]);
  expect(of?.(name)).toBe(bits);
});

it('can leave out all', () => {
  expect(destinationsOf([[{ include: [] }]])?.('x')).toBe(0);
});

it.each([
  ['my_app.x', 0b11],
  ['st.x', 0b11],
  ['other.x', 0b01],
])('%j goes to %s, where names are given as they are sent', (name, bits) => {
  const of = destinationsOf([[{ exclude: ['z-'] }], [{ include: ['my-app.', '1st.'] }]]);
  expect(of?.(name) ?? 0b11).toBe(bits);
});
