import { describe, expect, it } from 'vitest';
import { takesColour } from '../../src/kit/colour.ts';

describe('colours', () => {
  it.each([
    [{}, true],
    [{ TERM: 'xterm-256color' }, true],
    [{ NO_COLOR: '' }, true],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '0' }, false],
    [{ TERM: 'dumb' }, false],
    [{ TERM: 'dumb', NO_COLOR: '' }, false],
  ])('on a terminal with %j: %s', (environment, colours) => {
    expect(takesColour({ isTTY: true }, environment)).toBe(colours);
  });

  it.each([{}, { isTTY: false }])('are for nothing but a terminal: %j', (stream) => {
    expect(takesColour(stream, { TERM: 'xterm-256color' })).toBe(false);
  });
});
