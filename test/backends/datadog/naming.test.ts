import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, labeller, metricName, naming, wellFormed } from '../../../backends/datadog/naming.ts';

describe('metric names', () => {
  it.each([
    ['web.requests', 'web.requests'],
    ['a_B.9', 'a_B.9'],
    ['foo-bar baz', 'foo_bar_baz'],
    ['größe.m', 'gr__e.m'],
    ['🌡.x', 'x'],
    ['x.🌡', 'x._'],
    ['1st.metric', 'st.metric'],
    ['.hidden', 'hidden'],
    ['a:b|c', 'a_b_c'],
    ['__proto__', 'proto__'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), undefined],
    [`${'1'.repeat(100)}${'x'.repeat(200)}`, 'x'.repeat(200)],
    ['', undefined],
    ['123', undefined],
    ['温度', undefined],
  ])('%j is %j', (name, expected) => {
    expect(metricName(name)).toBe(expected);
  });
});

describe('tags and host', () => {
  const long = 'k:'.padEnd(200, 'v');
  it.each([
    { title: 'none', tags: [], want: { tags: [], host: 'h1' } },
    { title: 'plain', tags: ['a:1', 'b'], want: { tags: ['a:1', 'b'], host: 'h1' } },
    { title: 'unsorted, with a duplicate', tags: ['b', 'a:1', 'b'], want: { tags: ['a:1', 'b'], host: 'h1' } },
    { title: 'two values of a key', tags: ['a:1', 'a:2'], want: { tags: ['a:1', 'a:2'], host: 'h1' } },
    { title: 'a host', tags: ['a:1', 'host:web', 'z'], want: { tags: ['a:1', 'z'], host: 'web' } },
    { title: 'two hosts', tags: ['host:a', 'host:b'], want: { tags: [], host: 'b' } },
    { title: 'an empty host', tags: ['host:'], want: { tags: [], host: '' } },
    { title: 'a key that begins like host', tags: ['hostname:x'], want: { tags: ['hostname:x'], host: 'h1' } },
    { title: 'an empty tag', tags: ['', 'a'], want: { tags: ['a'], host: 'h1' } },
    { title: '200 bytes', tags: [long], want: { tags: [long], host: 'h1' } },
    { title: '201 bytes', tags: [`${long}v`], want: { tags: [long], host: 'h1' } },
    {
      title: 'a character across the 200th byte',
      tags: [`${'x'.repeat(199)}é`],
      want: { tags: ['x'.repeat(199)], host: 'h1' },
    },
    { title: 'equal after the cut', tags: [`${long}v`, `${long}w`], want: { tags: [long], host: 'h1' } },
    { title: 'half a surrogate pair', tags: ['a:\uD83D'], want: { tags: ['a:_'], host: 'h1' } },
    { title: 'capitals', tags: ['Env:PROD', 'env:prod'], want: { tags: ['env:prod'], host: 'h1' } },
    { title: 'letters of all kinds', tags: ['ключ:Ü-1_./b'], want: { tags: ['ключ:ü-1_./b'], host: 'h1' } },
    { title: 'other characters', tags: ['a b=c:{"x"}🌡'], want: { tags: ['a_b_c:__x___'], host: 'h1' } },
    { title: 'a colon at the end', tags: ['a:', ':', 'b::'], want: { tags: ['a', 'b'], host: 'h1' } },
    { title: 'a host in capitals', tags: ['host:Web-1'], want: { tags: [], host: 'Web-1' } },
    { title: 'the key of a host in capitals', tags: ['HOST:Web-1', 'a'], want: { tags: ['a'], host: 'Web-1' } },
  ])('$title', ({ tags, want }) => {
    expect(labeller([], 'h1')({ tags })).toEqual(want);
  });

  it.each([
    { title: 'a series without tags', fixed: ['env:prod'], tags: [], want: { tags: ['env:prod'], host: 'h1' } },
    { title: 'sorted in', fixed: ['env:prod'], tags: ['a', 'z'], want: { tags: ['a', 'env:prod', 'z'], host: 'h1' } },
    { title: 'said twice', fixed: ['env:prod'], tags: ['env:prod'], want: { tags: ['env:prod'], host: 'h1' } },
    { title: 'a static host', fixed: ['host:s'], tags: ['a'], want: { tags: ['a'], host: 's' } },
    { title: 'both hosts', fixed: ['host:s'], tags: ['host:own'], want: { tags: [], host: 'own' } },
  ])('static tags: $title', ({ fixed, tags, want }) => {
    expect(labeller(fixed, 'h1')({ tags })).toEqual(want);
  });
});

describe('the name of a series at Datadog', () => {
  const label = labeller(['team:A'], 'h1');
  const { id, rename } = naming(label, ['team:A'], 'h1');

  it('is one for all that Datadog takes for one', () => {
    const alike = [
      { name: 'a-b', tags: ['Env:x'] },
      { name: 'a b', tags: ['env:x', 'team:a'] },
      { name: '1a_b', tags: ['env:X'], host: 'h1' },
    ].map((one) => JSON.stringify(rename('counter', one)));
    expect(new Set(alike)).toEqual(new Set([JSON.stringify({ name: 'a_b', tags: ['env:x'] })]));
    expect(rename('gauge', { name: 'a', tags: [], host: '' })).toEqual({ name: 'a', tags: [], host: '' });
    expect(rename('gauge', { name: '...', tags: [] })).toBeUndefined();
  });

  it('gives a series itself where Datadog calls it so, and lists of tags once', () => {
    const plain = { name: 'a.b', tags: ['env:x', 'z'] };
    expect(rename('counter', plain)).toBe(plain);
    const shared = ['Env:x'];
    const [one, other] = ['a', 'b'].map((name) => rename('counter', { name, tags: shared })!);
    expect(one!.tags).toEqual(['env:x']);
    expect(other!.tags).toBe(one!.tags);
  });

  it('keeps series apart whose hosts differ, however the key is written', () => {
    const [one, other] = ['Host:a', 'HOST:b'].map((tag) => rename('counter', { name: 'x', tags: [tag] })!);
    expect(one).toEqual({ name: 'x', tags: [], host: 'a' });
    expect(other).toEqual({ name: 'x', tags: [], host: 'b' });
    expect(label(one!)).toEqual({ tags: ['team:a'], host: 'a' });
  });

  it('of a name is that name', () => {
    const series = fc.record(
      {
        name: fc.string({ unit: 'binary', maxLength: 30 }),
        tags: fc.array(fc.string({ unit: 'binary', maxLength: 250 }), { maxLength: 4 }),
        host: fc.string({ maxLength: 10 }),
      },
      { requiredKeys: ['name', 'tags'] },
    );
    fc.assert(
      fc.property(series, (given) => {
        const once = rename('counter', given);
        if (once !== undefined) expect(rename('counter', once)).toEqual(once);
      }),
    );
  });

  it('depends on static tags and host', () => {
    expect(naming(label, ['team:a'], 'h1').id).not.toBe(naming(label, [], 'h1').id);
    expect(naming(label, ['b', 'a'], 'h1').id).toBe(naming(label, ['a', 'b'], 'h1').id);
    expect(naming(label, [], 'h2').id).not.toBe(naming(label, [], 'h1').id);
    expect(id).toContain('datadog');
  });
});

describe('clip', () => {
  it('gives the longest beginning that fits', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 80 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 100 }), (text, bytes) => {
        let longest = '';
        for (const character of text) {
          if (Buffer.byteLength(longest + character) > bytes) break;
          longest += character;
        }
        expect(clip(text, bytes)).toBe(longest);
      }),
    );
  });
});

it('half surrogate pairs are replaced, whole ones stay', () => {
  expect(wellFormed('a\uDC00b\uD83D')).toBe('a\uFFFDb\uFFFD');
  expect(wellFormed('🌡')).toBe('🌡');
});
