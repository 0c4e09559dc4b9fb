import type { Limits } from '../config/settings.ts';
import { SELF_PREFIX } from '../plugin.ts';
import { COMMA, DELETE, SEMICOLON, startsWith } from './bytes.ts';
import { STATSD_KEY } from './codes.ts';
import type { RejectReason } from './reasons.ts';
import type { Scan } from './scan.ts';

/** Where the name and the tag section of a raw key are, and what is added to its type. */
export type RawKey = Pick<Scan, 'keyFlag' | 'nameStart' | 'nameEnd' | 'tagStart' | 'tagEnd'>;

/**
 * Checks a raw key (name and tag section as sent) against the limits. Called once for each raw key, when it is seen
 * for the first time. Lengths are in bytes; Graphite tags in the name (`;k=v`) count as tags. In the dialect `statsd`
 * control bytes are no fault: the original removes them, unless it was told to keep keys as they are.
 */
export function refuseKey(
  bytes: Uint8Array,
  key: RawKey,
  limits: Limits,
  refusesControls: boolean = (key.keyFlag & STATSD_KEY) === 0,
): RejectReason | undefined {
  const { nameStart, nameEnd, tagStart, tagEnd } = key;
  let nameOnlyEnd = nameStart;
  while (nameOnlyEnd < nameEnd && bytes[nameOnlyEnd] !== SEMICOLON) nameOnlyEnd++;
  if (nameOnlyEnd - nameStart > limits.nameLength) return 'name_too_long';
  // From the wire it would pass for what the server tells about itself.
  if (startsWith(bytes, nameStart, nameOnlyEnd, reserved)) return 'reserved_name';
  let tags = 0;
  let length = 0;
  for (let position = nameOnlyEnd + 1; position <= nameEnd; position++) {
    if (position === nameEnd || bytes[position] === SEMICOLON) {
      if (length > 0 && ++tags > limits.tags) return 'too_many_tags';
      length = 0;
    } else if (++length > limits.tagLength) return 'tag_too_long';
  }
  for (let position = tagStart; position <= tagEnd; position++) {
    if (position === tagEnd || bytes[position] === COMMA) {
      if (length > 0 && ++tags > limits.tags) return 'too_many_tags';
      length = 0;
    } else if (++length > limits.tagLength) return 'tag_too_long';
    else if (refusesControls && (bytes[position]! < 0x20 || bytes[position] === DELETE)) return 'bad_tag';
  }
  return undefined;
}

/** Whether a key that is refused for this reason would be taken without some of its tags, or with parts of them. */
export function isOfTags(reason: RejectReason): boolean {
  return reason === 'too_many_tags' || reason === 'tag_too_long' || reason === 'bad_tag';
}

const reserved = new TextEncoder().encode(SELF_PREFIX);
