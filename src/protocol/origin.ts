import { decodeUtf8 } from './bytes.ts';
import type { Scan } from './scan.ts';

/** What a client says of where it runs, and that the Datadog Agent would look up. */
interface Origin {
  readonly containerId?: string | undefined;
  readonly containerName?: string | undefined;
  /** Of the control group, where a client cannot see the id of its container. */
  readonly inode?: string | undefined;
  readonly podUid?: string | undefined;
}

/**
 * Appends tags of the origin of a line behind its tag section, at `bytes[start, end)`, where there is room, and lets the scan's section be that:
 * `container_id` and `cgroup_inode` (of the field `c:`), `container_name` (`e:`) and `pod_uid` (of the tag `dd.internal.entity_id:`, else `e:`).
 * None of a line that wants none: with the cardinality (`card:`, else `dd.internal.card:`) or the entity `none`.
 */
export function appendOrigin(scan: Scan, bytes: Uint8Array, start: number, end: number): void {
  if (scan.fieldsStart === scan.fieldsEnd) return;
  const tags = tagText(decodeUtf8(bytes, scan.fieldsStart, scan.fieldsEnd));
  if (tags === '') return;
  const length = scan.tagEnd - scan.tagStart;
  const text = length === 0 ? tags : `,${tags}`;
  // ASCII, see `value`.
  if (length + text.length > end - start) return;
  bytes.copyWithin(start, scan.tagStart, scan.tagEnd);
  encoder.encodeInto(text, bytes.subarray(start + length, end));
  scan.tagStart = start;
  scan.tagEnd = start + length + text.length;
}

const encoder = new TextEncoder();

/** Fields whose tags are remembered: to read them takes a microsecond or two, and a client sends the same ones again and again. */
const REMEMBERED = 4096;
const remembered = new Map<string, string>();

function tagText(fields: string): string {
  const known = remembered.get(fields);
  if (known !== undefined) return known;
  const text = tagsOf(originOf(fields.split('|'))).join(',');
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(fields, text);
  return text;
}

function originOf(fields: readonly string[]): Origin {
  // Of several tag sections the last counts.
  const tags = (last(fields, '#') ?? '').split(',');
  const entity = last(tags, 'dd.internal.entity_id:');
  const cardinality = last(fields, 'card:') ?? last(tags, 'dd.internal.card:');
  if (entity === 'none' || cardinality === 'none') return {};
  const local = (last(fields, 'c:') ?? '').split(',');
  const external = (last(fields, 'e:') ?? '').split(',');
  const bare = local.find((one) => !/^(?:ci|cid|in)-/.test(one));
  return {
    containerId: value(last(local, 'ci-') ?? last(local, 'cid-') ?? bare),
    inode: value(last(local, 'in-'), /^\d+$/),
    containerName: value(last(external, 'cn-')),
    podUid: value(entity) ?? value(last(external, 'pu-')),
  };
}

function tagsOf({ containerId, containerName, inode, podUid }: Origin): readonly string[] {
  const tags: string[] = [];
  if (containerId !== undefined) tags.push(`container_id:${containerId}`);
  if (containerName !== undefined) tags.push(`container_name:${containerName}`);
  if (inode !== undefined) tags.push(`cgroup_inode:${inode}`);
  if (podUid !== undefined) tags.push(`pod_uid:${podUid}`);
  return tags;
}

function last(texts: readonly string[], start: string): string | undefined {
  return texts.findLast((one) => one.startsWith(start))?.slice(start.length);
}

/** Ids are short and of ASCII. Whatever else stands there is none, and no reason to refuse a line. */
function value(text: string | undefined, form = /^[\w.:-]{1,128}$/): string | undefined {
  return text !== undefined && form.test(text) ? text : undefined;
}
