import { expect, it } from 'vitest';
import { checkPayload } from '../../src/dispatch/payload-check.ts';

const good = { lanes: ['a'], bytes: new Uint8Array(0), names: [], createdMs: 0 };
const whole = { ...good, encoding: 'gzip', ends: [1, 2], firsts: 0, priority: -1, maxAgeMs: 60_000 };

it.each([good, whole, { ...good, bytes: Buffer.from('x'), names: ['__proto__', ''] }])(
  'takes %j as it is',
  (payload) => {
    expect(checkPayload(payload)).toBe(payload);
  },
);

it.each<[unknown, string]>([
  [undefined, 'lanes'],
  [null, 'lanes'],
  ['payload', 'lanes'],
  [{ ...good, lanes: undefined }, 'lanes'],
  [{ ...good, lanes: [] }, 'lanes'],
  [{ ...good, lanes: 'a' }, 'lanes'],
  [{ ...good, lanes: [1] }, 'lanes'],
  [{ ...good, bytes: undefined }, 'bytes'],
  [{ ...good, bytes: 'text' }, 'bytes'],
  [{ ...good, bytes: new Uint8Array(1).buffer }, 'bytes'],
  [{ ...good, names: undefined }, 'names'],
  [{ ...good, names: 'x' }, 'names'],
  [{ ...good, names: ['x', undefined] }, 'names'],
  [{ ...good, createdMs: undefined }, 'createdMs'],
  [{ ...good, createdMs: Number.NaN }, 'createdMs'],
  [{ ...good, createdMs: new Date() }, 'createdMs'],
  [{ ...good, encoding: 1 }, 'encoding'],
  [{ ...good, ends: ['1'] }, 'ends'],
  [{ ...good, firsts: -1 }, 'firsts'],
  [{ ...good, priority: Number.NaN }, 'priority'],
  [{ ...good, maxAgeMs: Number.NaN }, 'maxAgeMs'],
])('refuses %o and says that it is "%s"', (payload, key) => {
  expect(() => checkPayload(payload)).toThrow(new RegExp(`^gave no payload: "${key}" must be `));
});
