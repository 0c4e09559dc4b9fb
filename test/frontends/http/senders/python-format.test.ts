import { expect, it } from 'vitest';
import { formatted } from '../../../../frontends/http/senders/python-format.ts';

// What `msg % args` is, by Python 3.11.
it.each<[msg: string, args: string, expected: string]>([
  ['a %s b', "('x',)", 'a x b'],
  ['%d of %s', "(3, 'eu')", '3 of eu'],
  ['%d', '(2.9,)', '2'],
  ['%d', '(-2.9,)', '-2'],
  ['%f %.1f %.0f', '(1.5, 1.27, 2.4)', '1.500000 1.3 2'],
  ['100%% of %s', '(None,)', '100% of None'],
  ['%s and %s', `("it's", 'a "b", c')`, `it's and a "b", c`],
  ['%s', "('a\\nb\\'c',)", "a\nb'c"],
  ['%s', '(1.50,)', '1.50'],
])('writes a message: %s with %s', (msg, args, expected) => {
  expect(formatted(msg, args)).toBe(expected);
});

it.each([
  ['100%% sure', '()'],
  ['%s', '()'],
  ['%s', "('a', 'b')"],
  ['%(n)s', "{'n': 1}"],
  ['%s', "('open,)"],
  ['%s', ''],
])('leaves the message as it is where the arguments are not its own: %s with %s', (msg, args) => {
  expect(formatted(msg, args)).toBe(msg);
});
