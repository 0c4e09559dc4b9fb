import { seldom } from '../../../src/kit/seldom.ts';
import type { Logger, MetricType } from '../../../src/plugin.ts';
import type { FamilyType } from '../exposition/encoder.ts';

/** Why a series, or what it had in a window, is not on the page. */
export type Refusal = 'type_conflict' | 'reserved_name' | 'too_many_series' | 'negative' | 'not_finite' | 'not_utf8';

/** Why something stands on pages of UTF-8 names, and not on those that have them escaped. */
export type Omission = 'escaped_alike' | 'other_buckets' | 'reserved_name';

/** One name that was refused. */
export interface Conflict {
  /** As on the page. */
  readonly name: string;
  /** Of what was left out of a page: as the page calls it. */
  readonly type: MetricType | FamilyType;
  readonly reason: Refusal | Omission;
  /** What has the name, where it is that: `counter`, `summary`. */
  readonly owner?: string | undefined;
  /** Times, one for each series and window; of what was left out of a page, for each time that the page was made. */
  readonly times: number;
  /** Unix time in milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What was refused, by name. */
export interface Conflicts {
  refused(refusal: Pick<Conflict, 'name' | 'type' | 'reason' | 'owner'>, nowMs: number): void;
  /** The latest first. */
  list(): Conflict[];
  /** Names that were refused and found no room in the list. */
  readonly others: number;
}

/** Names that are remembered, those that were refused last. */
const MOST = 1000;
/** Names in one line of the log. */
const TOLD = 5;

const sentences: Readonly<Record<Refusal | Omission, string>> = {
  type_conflict: 'its name belongs to another type, which came first',
  reserved_name: "the name is one of Prometheus' own, or of statsdrain's",
  too_many_series: 'the page has as many series as "maxSeries" allows',
  negative: 'the sum of what came is below 0, and a counter of Prometheus never falls; send it as a gauge',
  not_finite: 'the sum of what came is no finite number',
  not_utf8: 'its name or a tag is no UTF-8',
  escaped_alike: 'for a scraper that takes no UTF-8 names it is called like another one, which came first',
  other_buckets: 'for a scraper that takes no UTF-8 names it is one with another histogram, which has other buckets',
};

export function createConflicts(log: Logger): Conflicts {
  const known = new Map<string, Conflict>();
  let others = 0;
  /** Names since the last line of the log, with the reason. */
  let untold = new Map<string, string>();
  const tell = seldom((times) => {
    const told = [...untold].slice(0, TOLD).map(([name, why]) => `${name}: ${why}`);
    const more = untold.size > TOLD ? ` (and ${untold.size - TOLD} more names)` : '';
    untold = new Map();
    log.warn(`refused on the page: ${told.join('; ')}${more}; GET /conflicts lists all`, { times });
  });

  return {
    refused(refusal, nowMs) {
      const { name, type, reason, owner } = refusal;
      const key = `${reason} ${type} ${name}`;
      const before = known.get(key);
      if (before === undefined && known.size >= MOST) others++;
      known.delete(key);
      if (known.size >= MOST) known.delete(known.keys().next().value!);
      known.set(key, {
        ...refusal,
        times: (before?.times ?? 0) + 1,
        firstMs: before?.firstMs ?? nowMs,
        lastMs: nowMs,
      });
      if (untold.size < MOST) {
        const why =
          owner === undefined || reason !== 'type_conflict'
            ? sentences[reason]
            : `its name belongs to a ${owner}, which came first`;
        untold.set(`${type} ${JSON.stringify(name.slice(0, 128))}`, why);
      }
      tell();
    },
    list: () => [...known.values()].reverse(),
    get others() {
      return others;
    },
  };
}
