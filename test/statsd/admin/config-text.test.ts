import { describe, expect, it } from 'vitest';
import { defaultStatsdSettings } from '../../../src/config/settings.ts';
import { configText, shownConfig } from '../../../src/statsd/admin/config-text.ts';

describe('the configuration as text', () => {
  it('has a line for each key, and for each key of an object in it', () => {
    const config = {
      port: 8125,
      debug: true,
      title: 'x',
      list: ['a', 1],
      deep: { a: 1, b: { c: 2 }, d: null },
      no: null,
    };
    expect(configText(config)).toBe(
      '\nport: 8125\ndebug: true\ntitle: x\nlist > 0: a\nlist > 1: 1\ndeep > a: 1\ndeep > b: [object Object]\ndeep > d: null\n',
    );
  });

  it('takes keys of any name', () => {
    const config = JSON.parse('{"__proto__":{"constructor":1},"toString":"x"}') as Record<string, unknown>;
    expect(configText(config)).toBe('\n__proto__ > constructor: 1\ntoString: x\n');
    expect(configText({ bare: [Object.create(null), [1, [2]], null] })).toBe(
      '\nbare > 0: [object Object]\nbare > 1: 1,2\nbare > 2: null\n',
    );
  });

  it.each([
    ['datadogApiKey', 's3cret', '***'],
    ['api_key', 's3cret', '***'],
    ['apikey', 's3cret', '***'],
    ['AWS_ACCESS_KEY_ID', 's3cret', '***'],
    ['privateKey', 's3cret', '***'],
    ['key', 's3cret', '***'],
    ['authToken', 's3cret', '***'],
    ['auth', 's3cret', '***'],
    ['password', 1234, '***'],
    ['userPassword', 's3cret', '***'],
    ['pass', 's3cret', '***'],
    ['PWD', 's3cret', '***'],
    ['client_secret', 's3cret', '***'],
    ['credentials', 's3cret', '***'],
    ['sentryDsn', 's3cret', '***'],
    ['url', 'https://me:s3cret@host:1/x', 'https://***@host:1/x'],
    ['url', 'https://s3cret@host', 'https://***@host'],
    ['url', 'https://host/x?api_key=s3cret&b=1', 'https://host/x?api_key=***&b=1'],
    ['url', 'https://host/a@b', 'https://host/a@b'],
    ['auth', true, 'true'],
    ['keyNameSanitize', true, 'true'],
    ['keyFlush', 'shown', 'shown'],
    ['author', 'shown', 'shown'],
    ['monkey', 'shown', 'shown'],
  ])('shows %s %j as %s', (key, value, expected) => {
    expect(configText({ [key]: value })).toBe(`\n${key}: ${expected}\n`);
    expect(configText({ influx: { [key]: value } })).toBe(`\ninflux > ${key}: ${expected}\n`);
  });

  it('hides all of an object whose key is a secret', () => {
    expect(configText({ credentials: { user: 'me', x: ['s3cret'] } })).toBe(
      '\ncredentials > user: ***\ncredentials > x: ***\n',
    );
  });
});

describe('what the original shows', () => {
  it.each([
    [{ flushInterval: 5, b: 1 }, 0, 'flushInterval,b,gaugesMaxTTL,deleteIdleStats'],
    [{ b: 1 }, 0, 'b,gaugesMaxTTL,deleteIdleStats,flushInterval'],
    [
      { deleteIdleStats: true },
      0,
      'deleteIdleStats,gaugesMaxTTL,deleteCounters,deleteTimers,deleteSets,deleteGauges,flushInterval',
    ],
    [{}, 1, 'gaugesMaxTTL,deleteIdleStats,flushInterval,deleteCounters,deleteTimers,deleteSets,deleteGauges'],
  ])('of %j after %i flushes: %s', (config, flushes, expected) => {
    const shown = shownConfig({ ...defaultStatsdSettings, config, gaugesMaxTTL: 3 }, { flushIntervalMs: 700 }, flushes);
    expect(Object.keys(shown).join()).toBe(expected);
    expect(shown).toMatchObject({ gaugesMaxTTL: 3, flushInterval: 700 });
  });
});
