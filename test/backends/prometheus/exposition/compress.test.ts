import { describe, expect, it } from 'vitest';
import { type Coding, negotiateCoding, zstd } from '../../../../backends/prometheus/exposition/compress.ts';

describe('what is taken', () => {
  it.each<[string | undefined, Coding]>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['identity', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=0.000', 'identity'],
    ['*', 'gzip'],
    ['*;q=0', 'identity'],
    ['gzip;q=0, *', zstd === undefined ? 'identity' : 'zstd'],
    ['br, deflate', 'identity'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['gzip, identity', 'gzip'],
    ['gzip;q=0.5, identity', 'identity'],
    ['gzip, identity;q=0', 'gzip'],
    ['identity;q=0', 'identity'],
    ['zstd', zstd === undefined ? 'identity' : 'zstd'],
    ['gzip;q=0.5, zstd', zstd === undefined ? 'gzip' : 'zstd'],
    ['zstd;q=0.5, gzip', 'gzip'],
    ['zstd;q=0, gzip;q=0.1', 'gzip'],
  ])('%j', (header, coding) => {
    expect(negotiateCoding(header)).toBe(coding);
  });
});

it('there is zstd where Node.js has it', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  expect(zstd !== undefined).toBe(major > 22 || (major === 22 && minor >= 15));
});
