import type { Settings } from '../config/settings.ts';
import { CLIPPED_KEY, STATSD_KEY } from '../protocol/codes.ts';
import { type Identity, identify, identifyClipped, identifyStatsd } from '../protocol/identity.ts';

/** The identity of a key, by what is added to its type: its name is `bytes[nameStart, nameEnd)`, its tag section `bytes[nameEnd, tagEnd)`. */
export function identityOf(
  type: number,
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  tagEnd: number,
  { limits, statsd }: Settings,
): Identity {
  if ((type & STATSD_KEY) !== 0) {
    return identifyStatsd(bytes, nameStart, nameEnd, tagEnd, statsd?.keyNameSanitize ?? true);
  }
  if ((type & CLIPPED_KEY) !== 0) return identifyClipped(bytes, nameStart, nameEnd, tagEnd, limits);
  return identify(bytes, nameStart, nameEnd, tagEnd);
}
