import { expect, it } from 'vitest';
import { decodeUtf8 } from '../../src/protocol/bytes.ts';

it.each([
  [[], ''],
  [[0x61], 'a'],
  [[0xc3, 0xa9], 'é'],
  [[0xf0, 0x9f, 0x98, 0x80], '😀'],
  [[0xff, 0x61], '\ufffda'],
  [[0xc3], '\ufffd'],
  [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
  // A byte order mark is a character like any other: a name of nothing else would become empty.
  [[0xef, 0xbb, 0xbf], '\ufeff'],
  [[0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
])('the bytes %j are %j', (bytes, text) => {
  const around = Uint8Array.from([0x78, ...bytes, 0x79]);
  expect(decodeUtf8(around, 1, around.length - 1)).toBe(text);
});
