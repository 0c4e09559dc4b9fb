import { expect, it } from 'vitest';
import { masker } from '../../../src/kit/http/mask.ts';

it.each([
  [['k3y'], 'the k3y and k3y', 'the *** and ***'],
  [['p ss/wörd'], '/write?p=p%20ss%2Fw%C3%B6rd', '/write?p=***'],
  [['a"b\\c'], String.raw`{"token":"a\"b\\c"}`, '{"token":"***"}'],
  [['abc', 'abcdef'], 'abcdef abc', '*** ***'],
  [['$&'], 'a $& b', 'a *** b'],
  [['half \uD800'], 'half \uD800', '***'],
  [[''], 'as it is', 'as it is'],
  [[], 'as it is', 'as it is'],
])('of %j in %s', (secrets, text, want) => {
  expect(masker(secrets)(text)).toBe(want);
});
