import type { TagSet } from '../protocol/identity.ts';

const HOST = 'host:';

/** The identity, or the event or check, with more tags. Of those, the last one with the key `host` is its host from then on, as on the wire. */
export function withTags<Named extends TagSet>(identity: Named, added: readonly string[]): Named {
  if (added.length === 0) return identity;
  const host = added.findLast((tag) => tag.startsWith(HOST))?.slice(HOST.length);
  const others = added.filter((tag) => tag !== '' && !tag.startsWith(HOST));
  const tags = [...new Set([...identity.tags, ...others])].sort();
  const sent = identity.sent === undefined ? {} : { sent: [...identity.sent, ...others] };
  return { ...identity, tags, ...sent, ...(host === undefined ? {} : { host }) };
}
