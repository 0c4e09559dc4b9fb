import type { Limits } from '../config/settings.ts';
import { createFrontendRules, type FrontendKeys, type FrontendRules, isRefusal } from '../mapping/frontend-rules.ts';
import { type RawKey, refuseKey } from '../protocol/admit.ts';
import { decodeUtf8 } from '../protocol/bytes.ts';
import { RULES_SHIFT, STATSD_KEY } from '../protocol/codes.ts';
import type { RejectReason } from '../protocol/reasons.ts';

/** Says which raw keys are taken: once for each, when it is seen for the first time. */
export interface Admission {
  /** Rules of a front-end, for keys that have its number. */
  add(rules: FrontendKeys): void;
  /** Why a key is refused; undefined for one that is taken. Without `refusesControls` only for its lengths. */
  refuse(bytes: Uint8Array, key: RawKey, refusesControls?: boolean): RejectReason | undefined;
  setLimits(limits: Limits): void;
}

export function createAdmission(first: Limits): Admission {
  let limits = first;
  const all = new Map<number, FrontendKeys>();
  let rules = new Map<number, FrontendRules>();

  /** As its tags are read by the front-end. What is in its name besides is not part of the length of that. */
  function refuseByRules(bytes: Uint8Array, key: RawKey, by: FrontendRules, refusesControls: boolean | undefined) {
    const { nameStart, nameEnd, tagStart, tagEnd } = key;
    const asSent = refuseKey(bytes, key, { ...limits, nameLength: Number.POSITIVE_INFINITY }, refusesControls);
    if (asSent !== undefined) return asSent;
    const read = by.apply(decodeUtf8(bytes, nameStart, nameEnd), decodeUtf8(bytes, tagStart, tagEnd));
    return isRefusal(read) ? read.refused : undefined;
  }

  return {
    add(one) {
      all.set(one.number, one);
      rules.set(one.number, createFrontendRules(one, limits));
    },
    refuse(bytes, key, refusesControls) {
      const by = (key.keyFlag & STATSD_KEY) === 0 ? rules.get(key.keyFlag >> RULES_SHIFT) : undefined;
      if (by === undefined || by.leaves(bytes, key.nameStart, key.nameEnd))
        return refuseKey(bytes, key, limits, refusesControls);
      return refuseByRules(bytes, key, by, refusesControls);
    },
    setLimits(next) {
      limits = next;
      rules = new Map(Array.from(all, ([number, one]) => [number, createFrontendRules(one, limits)]));
    },
  };
}
