import type { SeriesInput } from '../../../src/plugin.ts';
import type { FieldValue, Slots } from './fields.ts';
import { factorOf, type Quantity, readQuantity, scaled } from './quantity.ts';
import { compileTemplate, type Render } from './render.ts';
import type { Metric, TextMap } from './rule-set.ts';
import { parseTemplate, referencesIn, type Template } from './template.ts';

/** What a metric of a rule becomes: what the intake takes. */
export type SampleType = 'counter' | 'gauge' | 'timer' | 'histogram';

/** One metric of a rule, ready to be read from the fields of lines. */
export interface CompiledMetric {
  /** Unlike that of the rule's other metrics. */
  readonly key: string;
  readonly type: SampleType | 'set';
  readonly name: TextPart;
  readonly tags: readonly TagPart[];
  /** The name or the value of a tag depends on the line. */
  readonly varies: boolean;
  /** The number of a line; NaN where it has none, undefined where it is missing. Not of a set. */
  value(values: readonly FieldValue[]): number | undefined;
  /** The member of a set; undefined where it is missing. */
  member(values: readonly FieldValue[]): string | undefined;
}

export interface TextPart {
  readonly render: Render;
  readonly varies: boolean;
  /** The name where there are too many series. */
  readonly other: string;
}

export interface TagPart extends TextPart {
  readonly key: string;
}

/** Stands for what there is no room for. */
export const OTHER = 'other';

/** The templates of `metric` have no fault. */
export function compileMetric(
  metric: Metric,
  key: string,
  slots: Slots,
  maps: ReadonlyMap<string, TextMap>,
): CompiledMetric {
  const part = (text: string, whole: boolean): TextPart => {
    const template = parseTemplate(text);
    const varies = referencesIn(template).length > 0;
    return { render: compileTemplate(template, slots, maps), varies, other: otherOf(template, varies && whole) };
  };
  const name = part(metric.name, false);
  const tags = Object.entries(metric.tags).map(([key, value]) => ({ key, ...part(value, true) }));
  return {
    key,
    type: sampleType(metric),
    name,
    tags,
    varies: name.varies || tags.some(({ varies }) => varies),
    value: metric.type === 'unique' ? () => undefined : numberFrom(metric, slots),
    member:
      metric.type === 'unique' ? compileTemplate(parseTemplate(String(metric.value)), slots, maps) : () => undefined,
  };
}

function otherOf(template: Template, whole: boolean): string {
  return whole ? OTHER : template.map((part) => (typeof part === 'string' ? part : OTHER)).join('');
}

/** By what the rule says alone, so that a series keeps its type whatever units lines have. */
function sampleType({ type, unit }: Metric): CompiledMetric['type'] {
  switch (type) {
    case 'count':
      return 'counter';
    case 'sample':
      return 'gauge';
    case 'unique':
      return 'set';
    case 'measure':
      return unit !== undefined && factorOf(unit).dimension === 'time' ? 'timer' : 'histogram';
    default:
      return type satisfies never;
  }
}

function numberFrom(metric: Metric, slots: Slots): CompiledMetric['value'] {
  const { type, value = 1, scale, unit, default: preset } = metric;
  const { factor, dimension } = unit === undefined ? { factor: 1, dimension: undefined } : factorOf(unit);
  const least = type === 'count' ? 0 : Number.NEGATIVE_INFINITY;
  if (typeof value === 'number') {
    const constant = scaled(scaled(value, scale), factor);
    return () => constant;
  }
  const slot = slots.of(referencesIn(parseTemplate(value))[0]!.field);
  const quantity: Quantity = { value: 0, dimension: 'plain' };
  return (values) => {
    const given = values[slot];
    if (given === undefined) return preset;
    if (!readQuantity(given, quantity)) return preset ?? Number.NaN;
    const isPlain = quantity.dimension === 'plain';
    if (!isPlain && dimension !== undefined && quantity.dimension !== dimension) return preset ?? Number.NaN;
    const number = isPlain ? scaled(scaled(quantity.value, scale), factor) : quantity.value;
    return number >= least && Number.isFinite(number) ? number : (preset ?? Number.NaN);
  };
}

/** A series of a metric. */
export interface Series {
  readonly name: string;
  /** A tag section of DogStatsD without the `#`. */
  readonly tags: string;
  /** Undefined: of a set. */
  readonly input: SeriesInput | undefined;
}
