import type { Limits } from '../config/settings.ts';
import { COMMA, DELETE, SEMICOLON } from './bytes.ts';
import type { RejectReason } from './reasons.ts';

/**
 * Checks a raw key (name and tag section as sent) against the limits. Called once for each raw key, when it is seen
 * for the first time. Lengths are in bytes; Graphite tags in the name (`;k=v`) count as tags.
 */
export function refuseKey(
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  tagStart: number,
  tagEnd: number,
  limits: Limits,
): RejectReason | undefined {
  let nameOnlyEnd = nameStart;
  while (nameOnlyEnd < nameEnd && bytes[nameOnlyEnd] !== SEMICOLON) nameOnlyEnd++;
  if (nameOnlyEnd - nameStart > limits.nameLength) return 'name_too_long';
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
    else if (bytes[position]! < 0x20 || bytes[position] === DELETE) return 'bad_tag';
  }
  return undefined;
}
