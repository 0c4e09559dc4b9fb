import type { TagRenameStage } from '../config/mapping-rules.ts';
import type { Rule } from './rule.ts';
import { withTags } from './with-tags.ts';

const HOST = 'host';

/** Gives tags other keys, all at once. The host is a tag like the others here. */
export function createTagRenames({ renames }: TagRenameStage): Rule {
  const keys = new Map(Object.entries(renames));
  return (_type, identity) => {
    const renamed = identity.tags.map((tag) => renamedTag(tag, keys));
    const { host, tags, ...rest } = identity;
    const hostKey = host === undefined ? undefined : keys.get(HOST);
    if (hostKey === undefined && renamed.every((tag, at) => tag === tags[at])) {
      return { rule: 'renameTags', says: 'it has none of these tags', result: identity };
    }
    const all = hostKey === undefined ? renamed : [...renamed, `${hostKey}:${host}`];
    const keptHost = hostKey === undefined && host !== undefined ? { host } : {};
    const says = 'tags get other keys';
    return { rule: 'renameTags', says, result: withTags({ ...rest, tags: [], ...keptHost }, all) };
  };
}

function renamedTag(tag: string, keys: ReadonlyMap<string, string>): string {
  const colon = tag.indexOf(':');
  const key = keys.get(colon < 0 ? tag : tag.slice(0, colon));
  if (key === undefined) return tag;
  return colon < 0 ? key : `${key}${tag.slice(colon)}`;
}
