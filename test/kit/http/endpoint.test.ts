import { expect, it } from 'vitest';
import { completed } from '../../../src/kit/http/endpoint.ts';

it('an endpoint that says nothing but its lane takes what servers usually take', () => {
  expect(completed({ lane: 'a', contentType: 'text/plain' })).toEqual({
    lane: 'a',
    contentType: 'text/plain',
    path: '',
    compressed: true,
    maxBytes: 1_000_000,
    maxRawBytes: 5_000_000,
    maxPoints: 10_000,
  });
});

it('what it says comes before that', () => {
  const all = { path: '/p', compressed: false, maxBytes: 1, maxRawBytes: 2, maxPoints: 3, repeatable: true, head: '[' };
  expect(completed({ lane: 'a', contentType: 'b', ...all })).toEqual({ lane: 'a', contentType: 'b', ...all });
});
