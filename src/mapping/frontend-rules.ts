import type { Limits } from '../config/settings.ts';
import { SELF_PREFIX } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import type { RejectReason } from '../protocol/reasons.ts';
import { createNameReader, type TagStyle } from './tag-styles.ts';
import { withTags } from './with-tags.ts';

/** What a front-end's block says of the series that arrive there. Plain data. */
export interface FrontendRuleSet {
  /** Put before each name as it is. */
  readonly prefix?: string;
  /** `key:value` or `key`: added to those that were sent. */
  readonly tags?: readonly string[];
  /** Absent: DogStatsD's and Graphite's. */
  readonly tagStyles?: readonly TagStyle[];
}

/** A key that is not taken. */
export interface Refusal {
  readonly refused: RejectReason;
}

export interface FrontendRules {
  /**
   * What a key of the dialects `auto` and `dogstatsd` is called: its name as sent, and its tag section (`a:1,b`). Once for each key.
   * Where the shard asks too when it learns a key, and rejects the line, no refusal is left here.
   */
  apply(name: string, tagSection: string): Identity | Refusal;
  /** Likewise with a key whose name and tags were read otherwise: prefix and tags are added. */
  complete(identity: Identity): Identity;
}

const DEFAULT_STYLES: readonly TagStyle[] = ['dogstatsd', 'graphite'];

/** Pure. `limits` are those of what was sent; without them nothing is too long. */
export function createFrontendRules(
  { prefix = '', tags = [], tagStyles: styles = DEFAULT_STYLES }: FrontendRuleSet,
  limits?: KeyLimits,
): FrontendRules {
  const readName = createNameReader(styles);
  const readsSection = styles.includes('dogstatsd');
  const complete = (identity: Identity) => withTags({ ...identity, name: prefix + identity.name }, tags);
  return {
    complete,
    apply(given, tagSection) {
      const { name, tags: inName, style } = readName(given);
      if (name === '') return { refused: 'empty_name' };
      // So does statsd_exporter, which takes either, and has no style of Graphite.
      if (tagSection !== '' && inName.length > 0 && style !== 'graphite') return { refused: 'mixed_tag_styles' };
      if (name.startsWith(SELF_PREFIX)) return { refused: 'reserved_name' };
      const sent = [...inName, ...(readsSection ? tagSection.split(',') : [])].filter((tag) => tag !== '');
      const reason = limits === undefined ? undefined : overLimit(name, sent, limits);
      return reason === undefined ? complete(identityOf(name, sent)) : { refused: reason };
    },
  };
}

export function isRefusal(read: Identity | Refusal): read is Refusal {
  return 'refused' in read;
}

type KeyLimits = Pick<Limits, 'nameLength' | 'tags' | 'tagLength'>;

/** `sent` are those that the limits are for: not what the front-end's block adds. */
function overLimit(name: string, sent: readonly string[], limits: KeyLimits): RejectReason | undefined {
  if (Buffer.byteLength(name) > limits.nameLength) return 'name_too_long';
  if (sent.length > limits.tags) return 'too_many_tags';
  return sent.some((tag) => Buffer.byteLength(tag) > limits.tagLength) ? 'tag_too_long' : undefined;
}

function identityOf(name: string, sent: readonly string[]): Identity {
  return withTags({ name, tags: [] }, sent);
}
