import type { Settings } from '../config/settings.ts';
import { createFrontendRules, type FrontendKeys, type FrontendRules, isRefusal } from '../mapping/frontend-rules.ts';
import { decodeUtf8 } from '../protocol/bytes.ts';
import { CLIPPED_KEY, RULES_SHIFT, STATSD_KEY } from '../protocol/codes.ts';
import { type Identity, identify, identifyClipped, identifyStatsd } from '../protocol/identity.ts';

/** Gives the identity of a key, by what is added to its type: its name is `bytes[nameStart, nameEnd)`, its tag section `bytes[nameEnd, tagEnd)`. */
export type IdentityOf = (
  type: number,
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  tagEnd: number,
) => Identity;

/** `rules`: of front-ends, by the numbers that their keys have. */
export function createIdentityOf({ limits, statsd }: Settings, rules: readonly FrontendKeys[] = []): IdentityOf {
  const byNumber = new Map(rules.map((one) => [one.number, createFrontendRules(one, limits)]));

  function identityOf(type: number, bytes: Uint8Array, nameStart: number, nameEnd: number, tagEnd: number): Identity {
    if ((type & STATSD_KEY) !== 0) {
      return identifyStatsd(bytes, nameStart, nameEnd, tagEnd, statsd?.keyNameSanitize ?? true);
    }
    if ((type & CLIPPED_KEY) !== 0) return identifyClipped(bytes, nameStart, nameEnd, tagEnd, limits);
    return identify(bytes, nameStart, nameEnd, tagEnd);
  }

  function identityBy(by: FrontendRules, ...key: Parameters<IdentityOf>): Identity {
    const [type, bytes, nameStart, nameEnd, tagEnd] = key;
    if ((type & STATSD_KEY) !== 0) return by.complete(identityOf(...key));
    const clips = (type & CLIPPED_KEY) !== 0;
    const read = by.apply(decodeUtf8(bytes, nameStart, nameEnd), decodeUtf8(bytes, nameEnd, tagEnd), clips);
    // Its line was taken: the limits have changed since.
    return isRefusal(read) ? by.complete(identityOf(...key)) : read;
  }

  return (type, bytes, nameStart, nameEnd, tagEnd) => {
    const by = byNumber.size === 0 ? undefined : byNumber.get(type >> RULES_SHIFT);
    return by === undefined || ((type & STATSD_KEY) === 0 && by.leaves(bytes, nameStart, nameEnd))
      ? identityOf(type, bytes, nameStart, nameEnd, tagEnd)
      : identityBy(by, type, bytes, nameStart, nameEnd, tagEnd);
  };
}
