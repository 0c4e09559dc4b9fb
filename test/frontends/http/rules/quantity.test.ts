import { describe, expect, it } from 'vitest';
import { factorOf, type Quantity, readQuantity } from '../../../../frontends/http/rules/quantity.ts';

function read(given: string | number): string {
  const quantity: Quantity = { value: 0, dimension: 'plain' };
  return readQuantity(given, quantity) ? `${quantity.value} ${quantity.dimension}` : 'none';
}

describe('a number', () => {
  it.each([
    ['12', '12 plain'],
    ['-0.5', '-0.5 plain'],
    ['+1', '1 plain'],
    ['.5', '0.5 plain'],
    ['1e3', '1000 plain'],
    ['-0', '0 plain'],
    [' 7 ', '7 plain'],
    ['12ms', '12 time'],
    ['0.25s', '250 time'],
    ['1.5 sec', '1500 time'],
    ['850µs', '0.85 time'],
    ['300ns', '0.0003 time'],
    ['2MINS', '120000 time'],
    ['1m30.5s', '90500 time'],
    ['-1h2m', '-3720000 time'],
    ['32kb', '32768 size'],
    ['181.5MB', '190316544 size'],
    ['7B', '7 size'],
    ['2411pages', '2411 plain'],
    ['99%', '99 plain'],
    ['', 'none'],
    ['-', 'none'],
    ['abc', 'none'],
    ['0x10', 'none'],
    ['Infinity', 'none'],
    ['1e999', 'none'],
    ['1.5.3', 'none'],
    ['12 apples and pears', 'none'],
    ['1'.repeat(41), 'none'],
  ])('%j is %s', (given, expected) => {
    expect(read(given)).toBe(expected);
  });

  it('may be one of JSON', () => {
    expect([12.5, Number.NaN].map(read)).toEqual(['12.5 plain', 'none']);
  });

  it('of a unit of the rules has a factor', () => {
    expect([factorOf('us'), factorOf('MB')]).toEqual([
      { factor: 0.001, dimension: 'time' },
      { factor: 1_048_576, dimension: 'size' },
    ]);
  });
});
