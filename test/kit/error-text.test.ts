import { expect, it } from 'vitest';
import { messageOf } from '../../src/kit/error-text.ts';

it.each([
  [new Error('no such metric'), 'no such metric'],
  [Object.assign(new Error('bind failed'), { code: 'EACCES' }), 'bind failed'],
  [Object.assign(new AggregateError([new Error('connect ECONNREFUSED')]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [new TypeError(''), 'TypeError'],
  ['a text', 'a text'],
  [42, '42'],
  [undefined, 'undefined'],
  [null, 'null'],
])('says what was thrown: %o', (error, text) => {
  expect(messageOf(error)).toBe(text);
});
