import { hashNumber, hashText } from '../kit/hash.ts';
import { createLookup } from '../kit/lookup.ts';
import type { Identity, TagSet } from '../protocol/identity.ts';

/** From (type, name, tags, host) to a series. Without texts: a `Map` with one for each series took 130 MB more at a million. */
export interface IdentityIndex {
  readonly size: number;
  /** The series; -1 without one. `hash` is that of the type and the identity, see {@link hashIdentity}. */
  find(hash: number, type: number, identity: Identity): number;
  /** Adds a series whose identity, of this hash, is not there. */
  add(hash: number, series: number): void;
  remove(hash: number, series: number): void;
}

export function createIdentityIndex(
  isSeries: (series: number, type: number, identity: Identity) => boolean,
): IdentityIndex {
  const lookup = createLookup();
  return {
    get size() {
      return lookup.size;
    },
    find(hash, type, identity) {
      for (let place = lookup.first(hash); place >= 0; place = lookup.next(place)) {
        const series = lookup.at(place);
        if (isSeries(series, type, identity)) return series;
      }
      return -1;
    },
    add: lookup.add,
    remove(hash, series) {
      let place = lookup.first(hash);
      while (place >= 0 && lookup.at(place) !== series) place = lookup.next(place);
      if (place < 0) throw new Error(`series ${series} is not in the index with the hash ${hash}`);
      lookup.remove(place);
    },
  };
}

/** `nameHash` is the {@link hashText} of the name. */
export function hashIdentity(nameHash: number, type: number, { tags, host }: TagSet): number {
  let hash = hashNumber(nameHash + type);
  // By index: `for of` doubles the time of the whole hash.
  for (let tag = 0; tag < tags.length; tag++) hash = hashText(tags[tag]!, hashNumber(hash));
  // Twice, so that it is no tag.
  return host === undefined ? hash : hashText(host, hashNumber(hashNumber(hash)));
}
