import { describe, expect, it } from 'vitest';
import { sameTags, tagsWithHost } from '../../src/kit/tags.ts';

describe('tags', () => {
  it.each([
    [[], [], true],
    [['a'], ['a'], true],
    [['a'], ['b'], false],
    [['a'], ['a', 'b'], false],
  ])('%j and %j are the same: %s', (a, b, same) => {
    expect(sameTags(a, b)).toBe(same);
  });
});

describe('a host as a tag', () => {
  it.each([
    { tags: ['a', 'z'], want: ['a', 'z'] },
    { tags: [], host: 'web', want: ['host:web'] },
    { tags: ['a', 'z'], host: 'web', want: ['a', 'host:web', 'z'] },
    { tags: ['a'], host: 'web', want: ['a', 'host:web'] },
    { tags: ['z'], host: 'web', want: ['host:web', 'z'] },
    { tags: ['host', 'hostname:x'], host: '', want: ['host', 'host:', 'hostname:x'] },
  ])('$host among $tags', ({ want, ...given }) => {
    expect(tagsWithHost(given)).toEqual(want);
  });

  it('is one list for one list and host, also when other hosts had the same list', () => {
    const tags = ['a'];
    expect(tagsWithHost({ tags })).toBe(tags);
    expect(tagsWithHost({ tags, host: 'x' })).toBe(tagsWithHost({ tags, host: 'x' }));
    expect(tagsWithHost({ tags, host: 'y' })).toEqual(['a', 'host:y']);
    expect(tagsWithHost({ tags, host: 'x' })).toEqual(['a', 'host:x']);
  });
});
