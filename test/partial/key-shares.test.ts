import { expect, it } from 'vitest';
import { defaultSettings, defaultStatsdSettings } from '../../src/config/settings.ts';
import { seriesKeyBytes, shardKeyBytes, statsdKeyBytes } from '../../src/partial/key-shares.ts';

it('the parts are all of "limits.keyBytes"', () => {
  const limits = { ...defaultSettings.limits, keyBytes: 1001 };
  const shards = shardKeyBytes(limits);
  expect([shards, seriesKeyBytes({ ...defaultSettings, limits })]).toEqual([333, 668]);
  const statsd = { ...defaultSettings, limits, statsd: defaultStatsdSettings };
  expect(shards + seriesKeyBytes(statsd) + statsdKeyBytes(limits)).toBe(1001);
});
