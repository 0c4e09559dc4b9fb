import { hashText } from '../../src/kit/hash.ts';
import { tagsWithHost } from '../../src/kit/tags.ts';
import type { BackendContext, Series, TimedPoint, Window } from '../../src/plugin.ts';
import type { Encoder, Family, Labels, Sample } from '../prometheus/exposition/encoder.ts';
import { COUNTER, GAUGE, SET } from '../prometheus/family.ts';
import { escapeName, labelText } from '../prometheus/naming.ts';
import { createState, type StateOptions } from '../prometheus/state.ts';
import type { GaugePoint, Page } from './page.ts';

/** Rows that are looked at before other work may go on. */
const AT_ONCE = 512;

/** Milliseconds for which the quantiles of an idle summary are sent; then they are NaN. */
const QUANTILE_AGE = 600_000;

/** The page of the back-end `prometheus`. */
export function statePage(options: StateOptions, context: Pick<BackendContext, 'log' | 'lost' | 'ownMetric'>): Page {
  const state = createState(options, context);
  let createdMs = 0;
  let expired: { readonly family: Family; readonly sample: Sample }[] = [];

  function familyOf(family: number): Family {
    const { families } = state.table;
    const name = families.names[family]!;
    const group = families.group(family);
    const type = group === COUNTER ? 'counter' : group === GAUGE || group === SET ? 'gauge' : 'summary';
    return { name, type, help: state.helpOf(name) ?? '' };
  }

  function sampleOf(row: number, type: Family['type']): Sample {
    const { rows } = state.table;
    const labels = labelsOf(rows.labels[row]!);
    const value = rows.values[row]!;
    if (type === 'counter') return { type, labels, value, createdMs };
    if (type !== 'summary') return { type: 'gauge', labels, value };
    const place = rows.places[row]!;
    const { quantiles } = options;
    const { length } = quantiles;
    const sampledMs = rows.sampledMs[place]!;
    const isFresh = sampledMs > 0 && sampledMs >= state.ageMs - QUANTILE_AGE;
    const values = rows.quantiles.slice(place * length, (place + 1) * length);
    return {
      type,
      labels,
      count: rows.counts[place]!,
      sum: value,
      createdMs,
      quantiles,
      values: isFresh ? values : values.fill(Number.NaN),
    };
  }

  /** Of the rows that a window of this length may end. */
  function endangered(lengthMs: number) {
    const { rows } = state.table;
    const found: { readonly family: Family; readonly sample: Sample }[] = [];
    for (let row = 0; row < rows.length; row++) {
      if (rows.names[row] === undefined || rows.seenMs[row]! + options.expire >= state.ageMs + lengthMs) continue;
      const family = familyOf(rows.families[row]!);
      found.push({ family, sample: sampleOf(row, family.type) });
    }
    return found;
  }

  function isGone({ family, sample }: { readonly family: Family; readonly sample: Sample }): boolean {
    const { families } = state.table;
    const number = families.find(family.name, hashText(family.name));
    return number < 0 || familyOf(number).type !== family.type || state.table.find(number, sample.labels.text) < 0;
  }

  return {
    async fold(window) {
      if (createdMs === 0) createdMs = window.startMs;
      const endangeredNow = endangered(window.endMs - window.startMs);
      await state.fold({ ...window, points: [], series: withCounterPoints(window) });
      expired = [...expired, ...endangeredNow.filter(isGone)];
    },
    *write(encoder) {
      const { families, rows } = state.table;
      let steps = 0;
      for (let number = 0; number < families.length; number++) {
        if (!families.isOpen(number)) continue;
        const family = familyOf(number);
        encoder.family(family);
        for (let row = state.table.firstRow(number) - 1; row >= 0; row = rows.next[row]! - 1) {
          if (rows.names[row] === undefined) continue;
          encoder.sample(sampleOf(row, family.type));
          if (++steps % AT_ONCE === 0) yield;
        }
      }
      encoder.end();
    },
    *writeExpired(encoder: Encoder) {
      const gone = expired;
      expired = [];
      for (const { family, sample } of gone) {
        encoder.family(family);
        encoder.sample(sample);
        yield;
      }
      encoder.end();
    },
    *points(window) {
      for (const point of window.points) if (point.type === 'gauge') yield gaugePoint(point);
    },
  };

  function gaugePoint(point: TimedPoint): GaugePoint {
    return {
      family: { name: escapeName(options.prefix + point.name), type: 'gauge', help: '' },
      labels: labelsOf(labelText(tagsWithHost(point))),
      value: point.value,
      timestampMs: point.timestamp * 1000,
    };
  }
}

/** A counter of the past cannot be added to sums that have been sent since: it counts for now. */
function* withCounterPoints({ series, points }: Window): Generator<Series, undefined> {
  yield* series;
  for (const { type, name, tags, host, value } of points) {
    if (type !== 'counter') continue;
    yield { type, name, tags, ...(host === undefined ? {} : { host }), value, rate: 0, updated: true };
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([['n', '\n']]);

function labelsOf(text: string): Labels {
  const pairs = [...text.matchAll(/([^=,]+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, escaped = '']) => {
    const value = escaped.replace(/\\(.)/g, (_, letter: string) => ESCAPES.get(letter) ?? letter);
    return [name, value] as const;
  });
  pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return { text, pairs: pairs.map((pair) => pair.join(':')) };
}
