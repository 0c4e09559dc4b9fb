import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings, type Limits } from '../../src/config/settings.ts';
import { isOfTags, refuseKey } from '../../src/protocol/admit.ts';
import { STATSD_KEY } from '../../src/protocol/codes.ts';
import { rejectReasons } from '../../src/protocol/reasons.ts';

const tight: Limits = { ...defaultSettings.limits, nameLength: 5, tags: 3, tagLength: 4 };

/** Name and tag section lie apart, each between bytes that would be refused. */
function refuse(name: string, tags: string, limits: Limits, keyFlag: 0 | typeof STATSD_KEY = 0): string | undefined {
  const nameBytes = Buffer.from(name);
  const tagBytes = Buffer.from(tags);
  const bytes = Buffer.concat([Buffer.from('\0;'), nameBytes, Buffer.from(';\0;'), tagBytes, Buffer.from('\0,,')]);
  const nameStart = 2;
  const tagStart = nameStart + nameBytes.length + 3;
  const nameEnd = nameStart + nameBytes.length;
  return refuseKey(bytes, { keyFlag, nameStart, nameEnd, tagStart, tagEnd: tagStart + tagBytes.length }, limits);
}

describe('a raw key', () => {
  it.each([
    ['a', ''],
    ['abcde', ''],
    ['abcde;k=v', ''],
    ['abcde;', ''],
    ['a;;;', ''],
    ['a;k=vw', 'abcd,wxyz'],
    ['a;1;2;3', ''],
    ['a', '1,2,3'],
    ['a', ',,1,,2,,3,,'],
    ['a;1', '2,3'],
    ['a', 'é☕'.slice(0, 1)],
    ['a', '\u0085'],
    ['éé', ''],
    ['a', '    '],
  ])('with name %j and tags %j is within the limits', (name, tags) => {
    expect(refuse(name, tags, tight)).toBeUndefined();
  });

  it.each([
    ['abcdef', '', 'name_too_long'],
    ['abcdef;k=v', '', 'name_too_long'],
    ['éée', 'a', undefined],
    ['ééé', 'a', 'name_too_long'],
    ['abcdef', 'abcde\0', 'name_too_long'],
    ['a;abcde', '', 'tag_too_long'],
    ['a;k=vwx', '', 'tag_too_long'],
    ['a', 'abcde', 'tag_too_long'],
    ['a', 'a:bcd', 'tag_too_long'],
    ['a', 'ok,abcde', 'tag_too_long'],
    ['a', '☕é', 'tag_too_long'],
    ['a', '1,2,3,4', 'too_many_tags'],
    ['a', '1,1,1,1', 'too_many_tags'],
    ['a;1;2;3;4', '', 'too_many_tags'],
    ['a;1;2', '3,4', 'too_many_tags'],
    ['a', 'b\0', 'bad_tag'],
    ['a', '\tb', 'bad_tag'],
    ['a', 'b\r', 'bad_tag'],
    ['a', '\x1f', 'bad_tag'],
    ['a', '\x7f', 'bad_tag'],
    ['a', 'ok,\x1b[m', 'bad_tag'],
  ])('with name %j and tags %j: %s', (name, tags, reason) => {
    expect(refuse(name, tags, tight)).toBe(reason);
  });

  it('may have no tag at all where the limit is 0', () => {
    const none = { ...tight, tags: 0 };
    expect(refuse('a', '', none)).toBeUndefined();
    expect(refuse('a;', ',,', none)).toBeUndefined();
    expect(refuse('a', 'b', none)).toBe('too_many_tags');
    expect(refuse('a;b', '', none)).toBe('too_many_tags');
  });

  it('is refused exactly when its parts are over a limit', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'é', ';', '='), minLength: 1, maxLength: 16 });
    const tags = fc.string({ unit: fc.constantFrom('a', 'b', 'é', ',', ':', '\t', '\x7f'), maxLength: 16 });
    fc.assert(
      fc.property(name, tags, (one, section) => {
        const [bare, ...graphite] = one.split(';');
        const all = [...graphite, ...section.split(',')].filter((tag) => tag !== '');
        const good =
          Buffer.byteLength(bare!) <= tight.nameLength &&
          all.length <= tight.tags &&
          all.every((tag) => Buffer.byteLength(tag) <= tight.tagLength) &&
          !/[\t\x7f]/.test(section);
        expect(refuse(one, section, tight) === undefined).toBe(good);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a reason that is of tags', () => {
  it.each(rejectReasons)('%s', (reason) => {
    expect(isOfTags(reason)).toBe(['too_many_tags', 'tag_too_long', 'bad_tag'].includes(reason));
  });
});

describe('a raw key of the dialect statsd', () => {
  it.each([
    ['a\0|b', 'c\t,\x7f', undefined],
    ['', '', undefined],
    ['abcdef', '', 'name_too_long'],
    ['a', '1,2,3,4', 'too_many_tags'],
    ['a', '12345', 'tag_too_long'],
  ])('%j with %j: %s', (name, tags, reason) => {
    expect(refuse(name, tags, tight, STATSD_KEY)).toBe(reason);
  });
});
