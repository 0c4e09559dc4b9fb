import type { MetricType } from '../plugin.ts';
import { COUNTER, COUNTERS, DISTRIBUTION, GAUGE, GAUGES, HISTOGRAM, SET, SETS, TIMER, TIMERS } from './codes.ts';

/** The form in which samples of a type are kept: sums, values with times, lists of values, members. */
export type RowKind = typeof COUNTERS | typeof GAUGES | typeof TIMERS | typeof SETS;

interface TypeRow {
  readonly code: number;
  readonly kind: RowKind;
  /** In a line of the dialects `auto` and `dogstatsd`: one letter or two. */
  readonly letters: string;
}

/** In the order of the codes. What the WebAssembly module knows of types is held to this by test/metric-types.test.ts. */
const types = {
  counter: { code: COUNTER, kind: COUNTERS, letters: 'c' },
  gauge: { code: GAUGE, kind: GAUGES, letters: 'g' },
  timer: { code: TIMER, kind: TIMERS, letters: 'ms' },
  histogram: { code: HISTOGRAM, kind: TIMERS, letters: 'h' },
  distribution: { code: DISTRIBUTION, kind: TIMERS, letters: 'd' },
  set: { code: SET, kind: SETS, letters: 's' },
} as const satisfies Record<MetricType, TypeRow>;

/** How a type is stored in typed arrays: by its place in {@link metricTypes}. */
export type TypeCode = (typeof types)[MetricType]['code'];

/** The types whose rows are of this kind. */
export type TypeOfKind<Kind extends RowKind> = {
  [Type in MetricType]: (typeof types)[Type]['kind'] extends Kind ? Type : never;
}[MetricType];

export const metricTypes = Object.keys(types) as readonly MetricType[];

export function typeCode(type: MetricType): TypeCode {
  return types[type].code;
}

export function rowKindOf<Type extends MetricType>(type: Type): (typeof types)[Type]['kind'] {
  return types[type].kind;
}

const kinds = Uint8Array.from(metricTypes, rowKindOf);

export function rowKind(code: TypeCode): RowKind {
  return kinds[code] as RowKind;
}

export function typeLetters(type: MetricType): string {
  return types[type].letters;
}
