import { createShard } from '../aggregate/shard.ts';
import type { FrontendRuleSet, TagStyle } from '../config/frontend-rules.ts';
import type { Dialect, Settings } from '../config/settings.ts';
import { atOnce } from '../kit/slices.ts';
import { createNameReader } from '../mapping/tag-styles.ts';
import { eachKey } from '../partial/keys.ts';
import type { Partial } from '../partial/partial.ts';
import type { Event, MetricType, ServiceCheck } from '../plugin.ts';
import { TYPE_BITS } from '../protocol/codes.ts';
import type { Identity } from '../protocol/identity.ts';
import { adviceFor, dropReasons, dropSlot, RECEIVED, rejectReasons, rejectSlot } from '../protocol/reasons.ts';
import { metricTypes } from '../protocol/types.ts';
import { createIdentityOf } from '../window/identity-of.ts';
import { type Amount, amountsIn } from './amounts.ts';

/** What a front-end makes of one line. */
export type LineReading =
  | { readonly kind: 'rejected'; readonly reason: string; readonly advice: string }
  /** It is good, and there is no room for it. */
  | { readonly kind: 'dropped'; readonly reason: string }
  /** It is none. */
  | { readonly kind: 'blank' }
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'serviceCheck'; readonly check: ServiceCheck }
  | { readonly kind: 'samples'; readonly series: readonly ReadSeries[]; readonly clipped: boolean };

/** One series of a line; a line of the original may have several, of different types. */
export interface ReadSeries {
  readonly type: MetricType;
  /** Before any rule of a view. */
  readonly identity: Identity;
  readonly amount: Amount;
  /** The style of tags that its name seems to have, and that the front-end does not read. */
  readonly looksTagged?: TagStyle;
}

/** What front-ends that read alike have in common. */
export interface ReadingRules {
  readonly dialect: Dialect;
  readonly rules?: FrontendRuleSet | undefined;
}

const tagsInNames = createNameReader(['influxdb', 'librato', 'signalfx']);

/** Its name is told in no message. */
const FRONTEND = 'explain';
const CLIPPED = 'tags.clipped';

/** Reads lines as the server does: with a shard of its own, from whose partial it takes what became of each. */
export function createLineReader(
  { dialect, rules }: ReadingRules,
  settings: Settings,
): (line: string | Uint8Array) => LineReading {
  const keys = rules && { ...rules, number: 1 };
  const identityOf = createIdentityOf(settings, keys && [keys]);
  const shard = createShard({ index: 0, limits: settings.limits, now: () => 0, seed: 1 });
  const intake = shard.intake(FRONTEND, dialect, keys);
  const known = new Map<number, { readonly type: MetricType; readonly identity: Identity }>();

  function learn({ keys }: Partial): void {
    atOnce(
      eachKey(keys, (id, type, ...place) => {
        known.set(id, { type: metricTypes[type & TYPE_BITS]!, identity: identityOf(type, ...place) });
      }),
    );
  }

  return (line) => {
    const bytes = Buffer.from(line);
    intake.lines(bytes);
    const partial = shard.handOver(0, false);
    learn(partial);
    const [account] = partial.accounts;
    const rejected = rejectReasons.find((reason) => account !== undefined && account.slots[rejectSlot(reason)]! > 0);
    if (rejected !== undefined) {
      return { kind: 'rejected', reason: rejected, advice: adviceFor(rejected, bytes.toString()) };
    }
    const dropped = dropReasons.find((reason) => account !== undefined && account.slots[dropSlot(reason)]! > 0);
    if (dropped !== undefined) return { kind: 'dropped', reason: dropped };
    if (account === undefined || account.slots[RECEIVED] === 0) return { kind: 'blank' };
    const { events, serviceChecks } = partial;
    if (events[0] !== undefined) return { kind: 'event', event: events[0] };
    if (serviceChecks[0] !== undefined) return { kind: 'serviceCheck', check: serviceChecks[0] };
    const series = amountsIn(partial).map(({ id, amount }) => {
      const { type, identity } = known.get(id)!;
      const { style, tags } = tagsInNames(identity.name);
      const looksTagged = dialect === 'statsd' || tags.length === 0 ? undefined : style;
      return { type, identity, amount, ...(looksTagged && { looksTagged }) };
    });
    return { kind: 'samples', series, clipped: account.counts.has(CLIPPED) };
  };
}
