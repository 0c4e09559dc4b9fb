import type { Series } from '../plugin.ts';
import type { Identity, Mutable } from '../protocol/identity.ts';

/** What most series do not have: they have name, tags and values. */
export type Rest = Mutable<Pick<Series, 'host' | 'rule' | 'sent' | 'seenMs' | 'seenOrder'>>;

/**
 * Adds it to the object of a series. A copy with more keys (`{ ...one, host }`) takes 1.3 µs in Node 20, and leaves 300 bytes that only a
 * full collection frees. `order`: over 0 where the series is new in the window, which began at `startMs`.
 */
export function addRest(one: Rest, { host, rule, sent }: Identity, order: number, startMs: number): void {
  if (host !== undefined) one.host = host;
  if (rule !== undefined) one.rule = rule.series;
  if (sent !== undefined) one.sent = sent;
  if (order === 0) return;
  one.seenMs = startMs;
  one.seenOrder = order;
}
