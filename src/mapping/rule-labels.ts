import { escapeName } from '../kit/prometheus-name.ts';
import type { TagSet } from '../protocol/identity.ts';

const HOST = 'host';

/** By their keys. */
export type Labels = ReadonlyMap<string, string>;

/**
 * The identity with the labels of a rule, as statsd_exporter has them: a label takes the place of the tags whose keys are escaped to it, and
 * an empty one only takes them away. With `honor` a label gives way to a tag that is there. The host is a tag like the others here.
 */
export function withLabels<Named extends TagSet>(identity: Named, labels: Labels, honor: boolean): Named {
  if (labels.size === 0) return identity;
  const { host, ...unhosted } = identity;
  const own = new Map(labels);
  const taken = (key: string) => {
    if (honor) own.delete(key);
    return honor;
  };
  const kept = identity.tags.filter((tag) => {
    const colon = tag.indexOf(':');
    // An empty value is no label at all.
    if (colon === tag.length - 1) return true;
    const key = escapeName(colon < 0 ? tag : tag.slice(0, colon));
    return !labels.has(key) || taken(key);
  });
  const keepsHost = host !== undefined && (!labels.has(HOST) || (host !== '' && taken(HOST)));
  const newHost = keepsHost ? host : own.get(HOST) || undefined;
  const added = [...own].flatMap(([key, value]) => (key === HOST || value === '' ? [] : [`${key}:${value}`]));
  const tags = [...new Set([...kept, ...added])].sort();
  return { ...(unhosted as Named), tags, ...(newHost === undefined ? {} : { host: newHost }) };
}
