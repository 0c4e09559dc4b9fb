import type { TagStage } from '../config/mapping-rules.ts';
import type { Identity } from '../protocol/identity.ts';
import type { Rule } from './rule.ts';

const HOST = 'host';

/** Takes tags off by their keys. The host is a tag like the others here. */
export function createTagKeys({ action, keys }: TagStage): Rule {
  const listed = new Set(keys);
  const stays = (key: string) => listed.has(key) === (action === 'keep');
  const rule = action === 'keep' ? 'keepTags' : 'dropTags';
  return (_type, identity) => {
    const tags = identity.tags.filter((tag) => stays(keyOf(tag)));
    const off = identity.tags.filter((tag) => !stays(keyOf(tag)));
    const losesHost = identity.host !== undefined && !stays(HOST);
    if (losesHost) off.push(`${HOST}:${identity.host}`);
    if (off.length === 0) return { rule, says: 'no tag to take off', result: identity };
    return {
      rule,
      says: `takes off ${off.join(', ')}`,
      result: losesHost ? withoutHost(identity, tags) : { ...identity, tags },
    };
  };
}

function keyOf(tag: string): string {
  const colon = tag.indexOf(':');
  return colon < 0 ? tag : tag.slice(0, colon);
}

function withoutHost({ host: _, ...identity }: Identity, tags: readonly string[]): Identity {
  return { ...identity, tags };
}
