import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/kit/suggest.ts';

const keys = ['apiKey', 'site', 'tags', 'timeout', 'flushInterval', 'udp', 'tcp'];

describe('suggestions', () => {
  it.each([
    ['apikey', 'apiKey'],
    ['api_key', 'apiKey'],
    ['API-KEY', 'apiKey'],
    ['flush_interval', 'flushInterval'],
    ['flushIntervall', 'flushInterval'],
    ['upd', 'udp'],
    ['tags ', 'tags'],
    ['sites', 'site'],
    ['timout', 'timeout'],
  ])('%s was meant to be %s', (given, expected) => {
    expect(suggest(given, keys)).toBe(expected);
  });

  it('nothing is near what has no letters, among such', () => {
    expect(suggest('~', ['==', '!='])).toBeUndefined();
  });

  it.each(['', 'x', 'xyz', 'host', 'percentiles', '__proto__', 'constructor'])('nothing is near %j', (given) => {
    expect(suggest(given, keys)).toBeUndefined();
  });
});
