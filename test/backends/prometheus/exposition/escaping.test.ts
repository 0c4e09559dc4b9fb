import { describe, expect, it } from 'vitest';
import { escapeName, isClassicName } from '../../../../backends/prometheus/exposition/escaping.ts';

it.each([
  ['a', true],
  ['_9', true],
  ['job:rate:5m', true],
  ['', false],
  ['9a', false],
  ['a.b', false],
  ['a-b', false],
  ['a b', false],
  ['é', false],
  ['a\n', false],
])('%j is classic: %s', (name, isClassic) => {
  expect(isClassicName(name)).toBe(isClassic);
});

/** The names and what becomes of them are those of the tests of github.com/prometheus/common (model/metric_test.go). */
describe('names as prometheus/common escapes them', () => {
  it.each([
    [
      'mysystem.prod.west.cpu.load',
      'mysystem_prod_west_cpu_load',
      'mysystem_dot_prod_dot_west_dot_cpu_dot_load',
      'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load',
    ],
    [
      'mysystem.prod.west.cpu.load_total',
      'mysystem_prod_west_cpu_load_total',
      'mysystem_dot_prod_dot_west_dot_cpu_dot_load__total',
      'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total',
    ],
    ['http.status:sum', 'http_status:sum', 'http_dot_status:sum', 'U__http_2e_status:sum'],
    ['label with 😱', 'label_with__', 'label__with____', 'U__label_20_with_20__1f631_'],
    ['花火', '__', '____', 'U___82b1__706b_'],
    ['label with \u0100', 'label_with__', 'label__with____', 'U__label_20_with_20__100_'],
    ['9.a', '__a', '___dot_a', 'U___39__2e_a'],
    ['a\ud800', 'a_', 'a__', 'U__a_fffd_'],
  ])('%j', (name, underscores, dots, values) => {
    expect(escapeName(name, 'allow-utf-8')).toBe(name);
    expect(escapeName(name, 'underscores')).toBe(underscores);
    expect(escapeName(name, 'dots')).toBe(dots);
    expect(escapeName(name, 'values')).toBe(values);
  });

  it.each(['no:escaping_required', 'a_b', ''])('%j stays as it is in a page', (name) => {
    for (const escaping of ['underscores', 'dots', 'values'] as const) expect(escapeName(name, escaping)).toBe(name);
  });
});
