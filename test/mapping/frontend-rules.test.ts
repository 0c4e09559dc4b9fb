import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrontendRuleSet, tagStyles } from '../../src/config/frontend-rules.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { createFrontendRules, isRefusal } from '../../src/mapping/frontend-rules.ts';
import { type Identity, identify, identifyClipped } from '../../src/protocol/identity.ts';

const { limits } = defaultSettings;

/** `name tag tag`, with the host behind `@`, or the reason. */
function read(rules: FrontendRuleSet, name: string, section: string, clips?: boolean): string {
  const result = createFrontendRules(rules, { nameLength: 10, tags: 3, tagLength: 8 }).apply(name, section, clips);
  return isRefusal(result) ? result.refused : shown(result);
}

function shown({ name, tags, host }: Identity): string {
  return [name, ...tags, ...(host === undefined ? [] : [`@${host}`])].join(' ');
}

const all = { tagStyles };

describe('a key of a front-end', () => {
  it.each<[FrontendRuleSet, string, string, string]>([
    [{}, 'a', '', 'a'],
    [{}, 'a;k=v', 'b:1,c', 'a b:1 c k:v'],
    [{}, 'a,k=v', 'b:1', 'a,k=v b:1'],
    [{}, 'a', 'b:1,host:x,host:y', 'a b:1 @y'],
    [{}, 'a', 'dd.internal.card:low,b', 'tag_too_long'],
    [all, 'a,k=v', '', 'a k:v'],
    [all, 'a', 'k:v,c', 'a c k:v'],
    [all, 'a;k=v', 'c', 'a c k:v'],
    [all, 'a,host=web', '', 'a @web'],
    // Tags in two places; without a good tag in the name it is none, as for statsd_exporter.
    [all, 'a#k=v', 'b:2', 'mixed_tag_styles'],
    [all, 'a,k=v', 'b:2', 'mixed_tag_styles'],
    [all, '[k=v]a', 'b:2', 'mixed_tag_styles'],
    [all, 'a,k', 'b:2', 'a b:2'],
    [{ tagStyles: ['librato'] }, 'a#k=v', 'b:2', 'mixed_tag_styles'],
    // A section is not read where nobody asks for it.
    [{ tagStyles: ['librato'] }, 'a', 'b:2', 'a'],
    [{ tagStyles: [] }, 'a;k=v', 'b:2', 'a;k=v'],
    // Prefix and tags.
    [{ prefix: 'app.' }, 'a;k=v', '', 'app.a k:v'],
    [{ prefix: 'app' }, 'a', '', 'appa'],
    [{ tags: ['env:prod', 'x'] }, 'a', 'env:dev,b', 'a b env:dev env:prod x'],
    [{ tags: ['b'] }, 'a', 'b', 'a b'],
    // Limits and names are of what was sent.
    [
      { prefix: 'a.very.long.prefix.', tags: ['a.very.long:tag', 'b'] },
      'a',
      '1,2,3',
      'a.very.long.prefix.a 1 2 3 a.very.long:tag b',
    ],
    [all, 'ten.bytes.,k=v', '', 'ten.bytes. k:v'],
    [all, 'eleven.byte,k=v', '', 'name_too_long'],
    [all, 'éééééé', '', 'name_too_long'],
    [all, 'a,k=1,l=2,m=3,n=4', '', 'too_many_tags'],
    [all, 'a', '1,2,3,4', 'too_many_tags'],
    [all, 'a,k=1234567', '', 'tag_too_long'],
    [all, '[a=b]', '', 'empty_name'],
    [all, ',a=b', '', 'empty_name'],
  ])('%j: %s with "%s" is %s', (rules, name, section, expected) => {
    expect(read(rules, name, section)).toBe(expected);
  });

  it('is none of the server itself, whatever stands in between', () => {
    const apply = createFrontendRules(all, limits).apply;
    for (const name of ['statsdrain.up', '[a=b]statsdrain.up', 'stats[a=b]drain.up', 'statsdrain.up,a=b']) {
      expect(apply(name, '')).toEqual({ refused: 'reserved_name' });
    }
  });

  it.each([
    ['a', '1,2,3,4', 'a 1 2 3'],
    ['a,k=123456789', '', 'a k:123456'],
    ['a,1=1,2=2,3=3,4=4', '', 'a 1:1 2:2 3:3'],
    ['a', '1,2,host:x,3', 'a 1 2 3 @x'],
    ['eleven.byte', '', 'name_too_long'],
  ])('of the dialect dogstatsd is clipped: %s with "%s" is %s', (name, section, expected) => {
    expect(read(all, name, section, true)).toBe(expected);
  });

  it('of the dialect statsd gets prefix and tags', () => {
    const { complete } = createFrontendRules({ prefix: 'p.', tags: ['z'], tagStyles }, limits);
    expect(complete({ name: 'a,k=v', tags: ['b'], host: 'h' })).toEqual({
      name: 'p.a,k=v',
      tags: ['b', 'z'],
      host: 'h',
    });
  });
});

describe('any key', () => {
  const name = fc
    .string({ unit: fc.constantFrom(...'ab.=,#;[]é'), minLength: 1 })
    .filter((text) => !text.startsWith(';'));
  const section = fc.string({ unit: fc.constantFrom(...'ab:,=;', 'host:', 'dd.internal.') });
  const anything = fc.string({ unit: 'binary', maxLength: 20 });
  const bytesOf = (text: string, tags: string) => Buffer.from(text + tags);

  it('is the same with rules that say nothing as without', () => {
    const rules = createFrontendRules({}, { nameLength: 1000, tags: 1000, tagLength: 1000 });
    const small = { nameLength: 1000, tags: 2, tagLength: 3 };
    const clipping = createFrontendRules({}, small);
    fc.assert(
      fc.property(name, section, (text, tags) => {
        const bytes = bytesOf(text, tags);
        const nameEnd = Buffer.byteLength(text);
        expect(rules.apply(text, tags)).toEqual(identify(bytes, 0, nameEnd, bytes.length));
        expect(clipping.apply(text, tags, true)).toEqual(identifyClipped(bytes, 0, nameEnd, bytes.length, small));
      }),
    );
  });

  it('is read or refused, and its tags are sorted, without duplicates and empty ones', () => {
    const { apply } = createFrontendRules({ prefix: 'p.', tags: ['z:1', 'a'], tagStyles }, limits);
    fc.assert(
      fc.property(anything, anything, (text, tags) => {
        const result = apply(text, tags);
        if (isRefusal(result)) return;
        expect(result.tags).toEqual([...new Set(result.tags)].filter((tag) => tag !== '').sort());
      }),
    );
  });
});
