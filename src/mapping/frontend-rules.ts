import type { FrontendRuleSet, TagStyle } from '../config/frontend-rules.ts';
import type { Limits } from '../config/settings.ts';
import { SELF_PREFIX } from '../plugin.ts';
import { type Identity, named, separate } from '../protocol/identity.ts';
import type { RejectReason } from '../protocol/reasons.ts';
import { createNameReader } from './tag-styles.ts';
import { withTags } from './with-tags.ts';

/** Rules with the number that the keys of their front-ends have, see `RULES_SHIFT`: over 0, and that of no others in the process. Plain data. */
export interface FrontendKeys extends FrontendRuleSet {
  readonly number: number;
}

/** A key that is not taken. */
export interface Refusal {
  readonly refused: RejectReason;
}

export interface FrontendRules {
  /** True: the rules have nothing to say of a key with this name, which is called as it would be without them. */
  leaves(bytes: Uint8Array, nameStart: number, nameEnd: number): boolean;
  /**
   * What a key of the dialects `auto` and `dogstatsd` is called: its name as sent, and its tag section (`a:1,b`). With `clips`, tags over
   * the limits are clipped and left out as the Datadog Agent does; else such a key is refused. To be asked once for each key, and by
   * whoever learns a key first, since only there the line can still be rejected.
   */
  apply(name: string, tagSection: string, clips?: boolean): Identity | Refusal;
  /** Adds prefix and tags to what a key is called that was read otherwise: of the dialect `statsd`. */
  complete(identity: Identity): Identity;
}

type KeyLimits = Pick<Limits, 'nameLength' | 'tags' | 'tagLength'>;

/** By byte: 1 for what tags in a name begin with, other than Graphite's. */
const SIGNS = new Uint8Array(256);
for (const sign of ',#[]') SIGNS[sign.charCodeAt(0)] = 1;

/** Without `tagStyles`. */
const defaultStyles: readonly TagStyle[] = ['dogstatsd', 'graphite'];

/** Pure. `limits` are for what was sent, not for what is added here. */
export function createFrontendRules(
  { prefix = '', tags = [], tagStyles = defaultStyles }: FrontendRuleSet,
  limits: KeyLimits,
): FrontendRules {
  const readName = createNameReader(tagStyles);
  const readsSection = tagStyles.includes('dogstatsd');
  const complete = (identity: Identity) => withTags({ ...identity, name: prefix + identity.name }, tags);

  function refusalOf(name: string, sent: readonly string[], clips: boolean): RejectReason | undefined {
    if (name === '') return 'empty_name';
    if (Buffer.byteLength(name) > limits.nameLength) return 'name_too_long';
    if (name.startsWith(SELF_PREFIX)) return 'reserved_name';
    if (clips) return undefined;
    const tags = sent.filter((tag) => tag !== '');
    if (tags.length > limits.tags) return 'too_many_tags';
    return tags.some((tag) => Buffer.byteLength(tag) > limits.tagLength) ? 'tag_too_long' : undefined;
  }

  const asEver = defaultStyles.every((style) => tagStyles.includes(style));
  const addsNothing = prefix === '' && tags.length === 0 && asEver;

  return {
    complete,
    leaves(bytes, nameStart, nameEnd) {
      if (!addsNothing) return false;
      for (let at = nameStart; at < nameEnd; at++) if (SIGNS[bytes[at]!] === 1) return false;
      return true;
    },
    apply(given, tagSection, clips = false) {
      const { name, tags: inName, style } = readName(given);
      // So does statsd_exporter, which knows nothing of Graphite's.
      if (tagSection !== '' && inName.length > 0 && style !== 'graphite') return { refused: 'mixed_tag_styles' };
      const sent = readsSection && tagSection !== '' ? [...inName, ...tagSection.split(',')] : inName;
      const refused = refusalOf(name, sent, clips);
      if (refused !== undefined) return { refused };
      return complete(named(name, separate(sent, clips ? limits : undefined)));
    },
  };
}

export function isRefusal(read: Identity | Refusal): read is Refusal {
  return 'refused' in read;
}
