import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { refuseKey } from '../../src/protocol/admit.ts';
import { identify, identifyClipped, identifyStatsd } from '../../src/protocol/identity.ts';

function identityOf(name: string | Buffer, tags: string) {
  const nameBytes = Buffer.from(name);
  const bytes = Buffer.concat([nameBytes, Buffer.from(tags)]);
  return identify(bytes, 0, nameBytes.length, bytes.length);
}

describe('identity', () => {
  it.each([
    ['a', '', 'a', []],
    ['a', 'b:1', 'a', ['b:1']],
    ['a', 'c:2,b:1', 'a', ['b:1', 'c:2']],
    ['a', 'b:1,b:1,,b:1', 'a', ['b:1']],
    ['a', 'novalue,x:', 'a', ['novalue', 'x:']],
    ['a;k=v', '', 'a', ['k:v']],
    ['a;k=v;b=w=x', 'k:v,z', 'a', ['b:w=x', 'k:v', 'z']],
    ['a;;k', '', 'a', ['k']],
    ['a;', '', 'a', []],
    ['größe', 'ü:ö', 'größe', ['ü:ö']],
    [Buffer.from([0x61, 0xff, 0x62]), '', 'a\ufffdb', []],
    ['__proto__', 'constructor:1', '__proto__', ['constructor:1']],
  ])('%s with "%s"', (name, tags, expectedName, expectedTags) => {
    expect(identityOf(name, tags)).toEqual({ name: expectedName, tags: expectedTags });
  });
});

describe('host and internal tags', () => {
  it.each([
    ['a', 'host:web', [], 'web'],
    ['a', 'z,host:web,b', ['b', 'z'], 'web'],
    ['a', 'host:z,host:b', [], 'b'],
    ['a', 'host:b,host:', [], ''],
    ['a', 'host:', [], ''],
    ['a', 'host', ['host'], undefined],
    ['a', 'hostname:x,ahost:y', ['ahost:y', 'hostname:x'], undefined],
    ['a', 'HOST:x', ['HOST:x'], undefined],
    ['a', 'host:a:b', [], 'a:b'],
    ['a;host=web', '', [], 'web'],
    ['a;host=web;k=v', 'x', ['k:v', 'x'], 'web'],
    ['a;host=web', 'host:b', [], 'b'],
    ['a', 'dd.internal.entity_id:UID,x', ['x'], undefined],
    ['a', 'dd.internal.card:none,dd.internal.jmx_check_name:c,dd.internal.resource:t:n', [], undefined],
    ['a', 'dd.internal,dd.intern:x', ['dd.intern:x', 'dd.internal'], undefined],
    ['a', 'dd.internal.card:low,host:h,host:h', [], 'h'],
  ])('%s with "%s"', (name, tags, expectedTags, host) => {
    const expected = host === undefined ? { name: 'a', tags: expectedTags } : { name: 'a', tags: expectedTags, host };
    expect(identityOf(name, tags)).toStrictEqual(expected);
  });

  it('count for no limit of tags where those are clipped', () => {
    const text = 'dd.internal.x:1,a,host:longer,b,c';
    const bytes = Buffer.from(`n${text}`);
    expect(identifyClipped(bytes, 0, 1, bytes.length, { tags: 2, tagLength: 12 })).toEqual({
      name: 'n',
      tags: ['a', 'b'],
      host: 'longer',
    });
  });

  it('are out of a key of the dialect statsd as well', () => {
    const bytes = Buffer.from('ahost:web,k:v');
    expect(identifyStatsd(bytes, 0, 1, bytes.length, true)).toEqual({ name: 'a', tags: ['k:v'], host: 'web' });
  });
});

describe('the identity of a key whose tags are clipped', () => {
  const limits = { tags: 3, tagLength: 4 };
  it.each([
    ['a', 'b:1', ['b:1']],
    ['a', 'd,c,b,a', ['b', 'c', 'd']],
    ['a', 'd,,c,,b,a', ['b', 'c', 'd']],
    ['a', 'abcdef,b', ['abcd', 'b']],
    ['a', 'abcde,abcdf,c', ['abcd', 'c']],
    // Two bytes each: the third character has no room, or half of one.
    ['a', 'ééé', ['éé']],
    ['a', 'xéé', ['xé']],
    ['a', '☕☕', ['☕']],
    ['a', '😀x', ['😀']],
    ['a', 'x😀', ['x']],
    ['a;z=1;y=2', 'x,w', ['x', 'y:2', 'z:1']],
    ['a;k=value', '', ['k:va']],
    ['a', 'a\tb', ['a\tb']],
  ])('%j with %j', (name, tags, expected) => {
    const [nameBytes, tagBytes] = [Buffer.from(name), Buffer.from(tags)];
    const bytes = Buffer.concat([nameBytes, tagBytes]);
    const identity = identifyClipped(bytes, 0, nameBytes.length, bytes.length, limits);
    expect(identity).toEqual({ name: 'a', tags: expected });
  });

  it('may have no tags at all', () => {
    expect(identifyClipped(Buffer.from('ab'), 0, 1, 2, { tags: 0, tagLength: 4 })).toEqual({ name: 'a', tags: [] });
  });
});

describe('limits of a key', () => {
  const limits = { ...defaultSettings.limits, nameLength: 5, tags: 3, tagLength: 4 };
  it.each([
    ['abcde', '', undefined],
    ['abcdef', '', 'name_too_long'],
    ['abcde;k=v', '', undefined],
    ['abcdef;k=v', '', 'name_too_long'],
    ['a', 'abcd', undefined],
    ['a', 'abcde', 'tag_too_long'],
    ['a;abcde', '', 'tag_too_long'],
    ['a', 'a,b,c', undefined],
    ['a', 'a,,b,,c,', undefined],
    ['a', 'a,b,c,d', 'too_many_tags'],
    ['a;x;y', 'z', undefined],
    ['a;x;y', 'z,w', 'too_many_tags'],
    ['a', 'b\0', 'bad_tag'],
    ['a', 'b\x1b', 'bad_tag'],
    ['a', '\x7f', 'bad_tag'],
  ])('%s with %j: %s', (name, tags, reason) => {
    const bytes = Buffer.from(name + tags);
    const key = {
      keyFlag: 0,
      nameStart: 0,
      nameEnd: name.length,
      tagStart: name.length,
      tagEnd: bytes.length,
    } as const;
    expect(refuseKey(bytes, key, limits)).toBe(reason);
  });
});

describe('the identity of a key of the dialect statsd', () => {
  it.each([
    ['a', '', 'a', []],
    ['a', 't:v,u:w', 'a', ['t:v', 'u:w']],
    ['a', 'u:w,t:v,u:w', 'a', ['t:v', 'u:w']],
    ['a', 'a:b:c', 'a', ['a:bc']],
    ['a', 'novalue,,', 'a', ['novalue']],
    ['a;x=y', 'a:b', 'a', ['a:b', 'x:y']],
    ['a b/c', 'd e:f/g', 'a_b-c', ['d_e:f-g']],
    ['caf\u00e9', '', 'caf', []],
    ['\ufeffa\u00a0b', '', '_a_b', []],
    ['', '', '_', []],
    ['#', 'k:v', '_', ['k:v']],
    [';k=v', '', '_', ['k:v']],
    ['__proto__', 'constructor:1', '__proto__', ['constructor:1']],
  ])('%j with %j', (name, tags, expectedName, expectedTags) => {
    const [nameBytes, tagBytes] = [Buffer.from(name), Buffer.from(tags)];
    const bytes = Buffer.concat([nameBytes, tagBytes]);
    const identity = identifyStatsd(bytes, 0, nameBytes.length, bytes.length, true);
    expect(identity).toEqual({ name: expectedName, tags: expectedTags });
  });

  it('has the characters of the key as sent where they are not to be replaced', () => {
    const bytes = Buffer.from('a b/c$\t(e)k;l:m,n');
    expect(identifyStatsd(bytes, 0, 10, bytes.length, false)).toEqual({
      name: 'a b/c$\t(e)',
      tags: ['k_l:m', 'n'],
    });
  });
});
