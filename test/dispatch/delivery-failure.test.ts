import { describe, expect, it } from 'vitest';
import { deliveryFailure, isAmbiguous } from '../../src/dispatch/delivery-failure.ts';
import { type Payload, sendError } from '../../src/plugin.ts';

const payload = (names: readonly string[], bytes = 10): Payload => ({
  lanes: ['a'],
  bytes: new Uint8Array(bytes),
  names,
  createdMs: 1,
});
const refused = payload(['x', 'y']);
const smaller = (parts: unknown) => Object.assign(new Error('413'), { smaller: parts });
const trap = (key: string) =>
  Object.defineProperty({}, key, {
    get() {
      throw new Error('a trap');
    },
  });

describe('what "deliver" rejected with', () => {
  it.each<[string, unknown, string, number]>([
    ['an error', new Error('503'), '503', 0],
    ['one that says when', sendError('429', { retryAfterMs: 1500 }), '429', 1500],
    [
      'one that says as late as may be',
      sendError('401', { retryAfterMs: Number.POSITIVE_INFINITY }),
      '401',
      Number.POSITIVE_INFINITY,
    ],
    ['a wait that is no number', sendError('odd', { retryAfterMs: Number.NaN }), 'odd', 0],
    ['a wait that is a text', Object.assign(sendError('odd'), { retryAfterMs: '10' }), 'odd', 0],
    ['a wait that is over', sendError('odd', { retryAfterMs: -1 }), 'odd', 0],
    ['nothing', undefined, 'undefined', 0],
    ['null', null, 'null', 0],
    ['a text', 'no', 'no', 0],
    ['a symbol', Symbol('no'), 'Symbol(no)', 0],
    ['what cannot be a text', Object.create(null), 'something that is no error', 0],
    ['a trap', trap('permanent'), 'failed with something that is no error', 0],
    ['a switch that is none', Object.assign(new Error('yes'), { permanent: 'yes' }), 'yes', 0],
  ])('is tried again: %s', (_, error, text, retryAfterMs) => {
    expect(deliveryFailure(error, refused)).toEqual({
      kind: 'retry',
      text: expect.stringMatching(text.replace(/[()]/g, '\\$&')),
      retryAfterMs,
    });
  });

  it.each<[unknown, string]>([
    [sendError('400', { permanent: true, reason: 'rejected' }), 'rejected'],
    [sendError('400', { permanent: true }), 'refused'],
    [Object.assign(sendError('400', { permanent: true }), { reason: { a: 1 } }), 'refused'],
  ])('is for good: %o', (error, reason) => {
    expect(deliveryFailure(error, refused)).toMatchObject({ kind: 'permanent', reason });
  });

  it.each<[string, readonly Payload[]]>([
    ['halves', [payload(['x']), payload(['y'])]],
    ['fewer items, whatever their bytes', [payload(['x'], 20)]],
    ['as many items in fewer bytes', [payload(['x', 'y'], 9)]],
    ['nothing', []],
  ])('is divided: %s', (_, parts) => {
    expect(deliveryFailure(smaller(parts), refused)).toEqual({ kind: 'divided', parts });
  });

  it.each<[string, unknown, string]>([
    ['the same once more', [refused], 'neither fewer items nor fewer bytes'],
    ['more than there was', [payload(['x']), payload(['x', 'y', 'z'])], 'neither fewer items nor fewer bytes'],
    ['a text', 'abc', 'no list of payloads as "smaller"'],
    ['what is no payload', [{}], '"lanes" must be a list'],
  ])('is for good where it is to be divided into %s, which would never end or could not be sent', (_, parts, why) => {
    const { kind, text, reason } = deliveryFailure(smaller(parts), refused) as {
      kind: string;
      text: string;
      reason: string;
    };
    expect([kind, reason]).toEqual(['permanent', 'refused']);
    expect(text).toContain(`"deliver" gave`);
    expect(text).toContain(why);
  });
});

it('whether it may have been taken is asked of anything', () => {
  expect(isAmbiguous(sendError('reset', { ambiguous: true }))).toBe(true);
  for (const other of [new Error('503'), undefined, null, 'ambiguous', Object.create(null), trap('ambiguous')]) {
    expect(isAmbiguous(other)).toBe(false);
  }
});
