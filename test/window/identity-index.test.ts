import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashText } from '../../src/kit/hash.ts';
import type { Identity } from '../../src/protocol/identity.ts';
import { createIdentityIndex, hashIdentity } from '../../src/window/identity-index.ts';

interface Entry {
  readonly type: number;
  readonly identity: Identity;
}

function open() {
  const entries = new Map<number, Entry>();
  const isSame = (series: number, type: number, identity: Identity) =>
    textOf(entries.get(series)!) === textOf({ type, identity });
  const index = createIdentityIndex(isSame);
  return {
    entries,
    size: () => index.size,
    find: ({ type, identity }: Entry) => index.find(hashOf({ type, identity }), type, identity),
    add(series: number, one: Entry) {
      entries.set(series, one);
      index.add(hashOf(one), series);
    },
    remove: (series: number) => index.remove(hashOf(entries.get(series)!), series),
  };
}

const hashOf = ({ type, identity }: Entry) => hashIdentity(hashText(identity.name), type, identity);

const textOf = ({ type, identity }: Entry) => JSON.stringify([type, identity.name, identity.tags, identity.host]);

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u00e9'), maxLength: 3 });
const entry: fc.Arbitrary<Entry> = fc.record({
  type: fc.nat(5),
  identity: fc.record({ name: text, tags: fc.array(text, { maxLength: 2 }) }).chain(
    // Empty is a host too.
    (identity) =>
      fc.option(text, { nil: undefined }).map((host) => (host === undefined ? identity : { ...identity, host })),
  ),
});

describe('identity index', () => {
  it('tells types, names, tags and hosts apart', () => {
    const { find, add } = open();
    const different: Entry[] = [
      { type: 0, identity: { name: 'a', tags: [] } },
      { type: 1, identity: { name: 'a', tags: [] } },
      { type: 0, identity: { name: 'a', tags: ['b'] } },
      { type: 0, identity: { name: 'ab', tags: [] } },
      { type: 0, identity: { name: 'a', tags: ['b', 'c'] } },
      { type: 0, identity: { name: 'a', tags: ['bc'] } },
      { type: 0, identity: { name: 'a', tags: [], host: '' } },
      { type: 0, identity: { name: 'a', tags: [], host: 'b' } },
      { type: 0, identity: { name: 'a', tags: ['b'], host: 'b' } },
    ];
    different.forEach((one, series) => {
      expect(find(one)).toBe(-1);
      add(series, one);
    });
    expect(different.map(find)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('finds what was added and not removed', () => {
    const step = fc.record({ remove: fc.boolean(), entry });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { find, add, remove: take, size } = open();
        const model = new Map<string, number>();
        let next = 0;
        for (const { remove, entry: one } of steps) {
          const known = model.get(textOf(one));
          expect(find(one)).toBe(known ?? -1);
          if (known === undefined) {
            add(next, one);
            model.set(textOf(one), next++);
          } else if (remove) {
            take(known);
            model.delete(textOf(one));
          }
          expect(size()).toBe(model.size);
        }
      }),
    );
  });

  it('grows', () => {
    const { entries, find, add, remove: take } = open();
    const count = 10_000;
    for (let series = 0; series < count; series++) {
      add(series, { type: series % 6, identity: { name: `series.${series}`, tags: [] } });
    }
    for (const [series, one] of entries) expect(find(one)).toBe(series);
    for (const series of entries.keys()) if (series % 3 > 0) take(series);
    for (const [series, one] of entries) expect(find(one)).toBe(series % 3 > 0 ? -1 : series);
  });

  it('tells two apart that share a hash', () => {
    const index = createIdentityIndex((series, type) => series === type);
    const identity = { name: 'a', tags: [] };
    for (const series of [3, 4, 5]) index.add(17, series);
    index.remove(17, 4);
    expect([3, 4, 5].map((type) => index.find(17, type, identity))).toEqual([3, -1, 5]);
  });

  it('says so when what shall leave is not there', () => {
    const index = createIdentityIndex(() => true);
    index.add(17, 3);
    expect(() => index.remove(17, 4)).toThrow('series 4 is not in the index with the hash 17');
    expect(() => index.remove(18, 3)).toThrow('series 3 is not in the index with the hash 18');
    expect(index.size).toBe(1);
  });
});

describe('the hash of an identity', () => {
  it('differs where the same text is divided otherwise', () => {
    // Were it the same, all divisions of one long text would be one chain.
    const tags = [[], ['cd'], ['c', 'd'], ['', 'cd'], ['cd', ''], ['d'], ['b', 'cd']];
    const names = ['ab', 'abc', 'abcd', 'a'];
    const hashes = names.flatMap((name) => tags.map((one) => hashIdentity(hashText(name), 0, { tags: one })));
    expect(new Set(hashes).size).toBe(names.length * tags.length);
  });

  it('differs by type', () => {
    const hashes = [0, 1, 2, 3, 4, 5].map((type) => hashIdentity(hashText('a'), type, { tags: ['b'] }));
    expect(new Set(hashes).size).toBe(6);
  });
});
