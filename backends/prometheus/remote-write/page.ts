import { hashText } from '../../../src/kit/hash.ts';
import { tagsWithHost } from '../../../src/kit/tags.ts';
import type { BackendContext, Naming, TimedPoint, Window } from '../../../src/plugin.ts';
import type { PageConfig } from '../config.ts';
import { exemplarNaming } from '../exemplar-naming.ts';
import type { Encoder, Family, Labels, Sample } from '../exposition/encoder.ts';
import { labelText } from '../exposition/labels.ts';
import { escapeName, pairer } from '../naming.ts';
import type { Refusal } from '../page/conflicts.ts';
import { GAUGE, type Group, isReservedName, SET } from '../page/family.ts';
import { createState, type StateOptions } from '../page/state.ts';
import { familyOf, sampler, writtenPage } from '../page/walk.ts';

/** All series so far, as a server that scrapes would find them: windows folded into one. */
export interface Page {
  /** What its windows call series. Undefined: as they were sent. */
  readonly naming: Naming | undefined;
  /**
   * Adds a window. Counters with a time of their own are added to their sums, which were sent up to now; gauges with a time are not, and are
   * what `points` gives. Lets other work in between.
   */
  fold(window: Window): Promise<void>;
  /** All that is on it, family by family. Yields where other work may go on; nothing may be folded before the last step. */
  write(encoder: Encoder): Iterable<unknown>;
  /** Likewise what has left it since the last call, with its last values. */
  writeExpired(encoder: Encoder): Iterable<unknown>;
  /** The gauges of a window that came with times of their own, by the names that they have on the page. */
  points(window: Window): Iterable<GaugePoint>;
}

export interface GaugePoint {
  readonly family: Family;
  readonly labels: Labels;
  readonly value: number;
  /** Unix time in milliseconds. */
  readonly timestampMs: number;
}

interface Expired {
  readonly family: Family;
  readonly sample: Sample;
}

/** Samples that are written before other work may go on. */
const AT_ONCE = 512;

export function createPage(
  options: StateOptions & Pick<PageConfig, 'exemplarTags'>,
  context: Pick<BackendContext, 'name' | 'log' | 'lost' | 'ownMetric'>,
): Page {
  const { names, prefix } = options;
  const state = createState(options, context);
  const pairsOf = pairer(names);
  let expired: Expired[] = [];
  /** Of the window that is being added. */
  let sampleOf: ReturnType<typeof sampler> | undefined;

  state.onExpired((row) => {
    const { families, groups } = state.table.rows;
    sampleOf ??= sampler(state, names);
    const sample = sampleOf(row, groups[row] as Group);
    // The object is that of the next sample too.
    const { pairs, text } = sample.labels;
    expired.push({ family: familyOf(state, families[row]!), sample: { ...sample, labels: { pairs, text } } });
  });

  /** Why a point cannot have this name. */
  function refusalOf(name: string): Refusal | undefined {
    const { families } = state.table;
    const hash = hashText(name);
    const family = families.find(name, hash);
    if (isReservedName(name)) return 'reserved_name';
    if (family < 0) return families.conflict(name, hash, GAUGE) === undefined ? undefined : 'type_conflict';
    if (!families.isOpen(family)) return families.ownerOf(family);
    const group = families.group(family);
    return group === GAUGE || group === SET ? undefined : 'type_conflict';
  }

  function gaugePoint(point: TimedPoint): GaugePoint | undefined {
    const name = names === 'utf-8' ? prefix + point.name : escapeName(prefix + point.name);
    const refusal = refusalOf(name);
    if (refusal !== undefined) {
      context.lost(refusal, 1);
      return undefined;
    }
    const pairs = pairsOf(tagsWithHost(point));
    return {
      family: { name, type: 'gauge', help: HELP },
      labels: { pairs, text: labelText(pairs) },
      value: point.value,
      timestampMs: point.timestamp * 1000,
    };
  }

  return {
    naming: exemplarNaming(options.exemplarTags, names),
    async fold(window) {
      sampleOf = undefined;
      await state.fold({ ...window, points: window.points.filter(({ type }) => type === 'counter') });
    },
    write: (encoder) => writtenPage(state, encoder, names),
    *writeExpired(encoder) {
      const gone = expired;
      expired = [];
      for (const [index, { family, sample }] of gone.entries()) {
        encoder.family(family);
        encoder.sample(sample);
        if (index % AT_ONCE === 0) yield;
      }
    },
    *points(window) {
      for (const point of window.points) {
        const given = point.type === 'gauge' ? gaugePoint(point) : undefined;
        if (given !== undefined) yield given;
      }
    },
  };
}

const HELP = 'StatsD gauge.';
