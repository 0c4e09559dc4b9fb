import { expect, it } from 'vitest';
import { adviceFor, type RejectReason } from '../../src/protocol/reasons.ts';

const packed = /no ":" is part of a name or a number$/;

it.each<[RejectReason, string, boolean]>([
  ['bad_value', 'db:eu:1|c', true],
  ['bad_value', 'a:1:x|c', true],
  ['bad_value', 'a::x|c', true],
  ['bad_value', 'a:x|c', false],
  ['bad_value', 'a:1|c:x|c', false],
  ['bad_value', 'a:x|c|#k:v:w', false],
  ['unknown_type', 'a:b:1|x', false],
])('the advice with %s: %j tells of several values: %s', (reason, line, told) => {
  expect(packed.test(adviceFor(reason, line))).toBe(told);
});
