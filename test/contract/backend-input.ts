import type { Event, MetricType, ServiceCheck, TimedPoint, Window } from '../../src/plugin.ts';
import { makeWindow, type SeriesInput } from '../helper/window.ts';

export const GAUGE = 'contract.gauge';
export const GOOD_FIRST = { type: 'gauge', name: 'contract.good.first', value: 11 } as const;
export const GOOD_LAST = { type: 'gauge', name: 'contract.good.last', value: 12 } as const;

/** Names, tags and texts that a parser lets through or that a third party could produce. */
export const HOSTILE: readonly (readonly [title: string, text: string])[] = [
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['an empty string', ''],
  ['one blank', ' '],
  ['dots only', '...'],
  ['a path upwards', '../../etc/passwd'],
  ['NUL', 'nul\0nul'],
  ['64 KiB', 'x'.repeat(65_536)],
  ['replaced broken UTF-8', 'bro\uFFFDken\uFFFD'],
  ['text beyond ASCII', 'größe.温度.🌡️'],
  ['LF', 'line\nfeed 1 1700000010'],
  ['CR LF', 'line\r\nfeed'],
  ['Unicode line ends', 'a\u0085b\u2028c\u2029d\u00A0e'],
  ['quotes', `"double" 'single' \`back\``],
  ['backslashes', 'a\\b\\'],
  ['the marks of StatsD', 'a:1|c|@0.1|#x:y'],
  ['the marks of Graphite', 'a;b=c;~d=!e^'],
  ['the marks of Prometheus', 'le="1"}{__name__="z"'],
  ['le', 'le'],
  ['quantile', 'quantile'],
  ['__name__', '__name__'],
  ['a leading digit', '9lives'],
  ['a percent sign', '%s%n%00'],
  ['blanks and tabs', ' a b\tc '],
  ['terminal escapes', '\u001b[31mred\u001b[0m\u001b]0;title\u0007\u009b2J'],
  ['bidirectional text', 'abc\u202Edef'],
];

export function tagsOf(hostile: string): readonly string[] {
  return [hostile, `${hostile}:value`, `key:${hostile}`];
}

export function everyType(name: string, tags: readonly string[]): readonly SeriesInput[] {
  const inputs: { readonly [Type in MetricType]: SeriesInput & { readonly type: Type } } = {
    counter: { type: 'counter', name, tags, value: 1 },
    gauge: { type: 'gauge', name, tags, value: 2 },
    timer: { type: 'timer', name, tags, values: [3, 4] },
    histogram: { type: 'histogram', name, tags, values: [5, 6] },
    distribution: { type: 'distribution', name, tags, values: [7, 8] },
    set: { type: 'set', name, tags, value: 9 },
  };
  return Object.values(inputs);
}

/** Every type, each under a name of its own, with `value` for all values. */
export function everyTypeOf(value: number): readonly SeriesInput[] {
  return everyType('odd', []).map((input) => {
    const name = `odd.${input.type}`;
    return 'value' in input ? { ...input, name, value } : { ...input, name, values: [value, value] };
  });
}

export function eventOf(text: string): Event {
  return {
    title: text,
    text,
    timestamp: 1_700_000_005,
    priority: 'low',
    alertType: 'warning',
    host: text,
    aggregationKey: text,
    sourceType: text,
    tags: tagsOf(text),
  };
}

export function checkOf(text: string): ServiceCheck {
  return { name: text, status: 2, timestamp: 1_700_000_005, host: text, message: text, tags: tagsOf(text) };
}

/** With times from the first second to the last that a line can have. */
export function timedPoints(text: string): readonly TimedPoint[] {
  const times = [1, 1_700_000_005, 2 ** 53 - 1];
  return times.flatMap((timestamp): TimedPoint[] => [
    { type: 'counter', name: text, tags: tagsOf(text), host: text, timestamp, value: 3 },
    { type: 'gauge', name: text, tags: [], timestamp, value: -0.5 },
    { type: 'gauge', name: 'timed', tags: [], timestamp, value: Number.NaN },
  ]);
}

/** Each with an end of its own, ten seconds after the one before. */
export function gaugeWindow(value: number): Window {
  return makeWindow({
    endMs: 1_700_000_010_000 + value * 10_000,
    series: [{ type: 'gauge', name: GAUGE, value }],
  });
}

/** Series with long names. */
export function wideSeries(count: number): readonly SeriesInput[] {
  const series: SeriesInput[] = [];
  for (let i = 0; i < count; i++)
    series.push({ type: 'gauge', name: `contract.wide.${'x'.repeat(100)}.${i}`, value: i });
  return series;
}

export const HELD = 'contract.held';

/** A series of each type, `contract.held.<type>`, that received something … */
export const updated: readonly SeriesInput[] = [
  { type: 'counter', name: `${HELD}.counter`, value: 70 },
  { type: 'gauge', name: `${HELD}.gauge`, value: 70 },
  { type: 'timer', name: `${HELD}.timer`, values: [5], weights: [70] },
  { type: 'histogram', name: `${HELD}.histogram`, values: [5], weights: [70] },
  { type: 'distribution', name: `${HELD}.distribution`, values: [5], weights: [70] },
  { type: 'set', name: `${HELD}.set`, value: 70 },
];

/** … and as it is when it received nothing in the next window. */
export const held: readonly SeriesInput[] = [
  { type: 'counter', name: `${HELD}.counter`, value: 0, updated: false },
  { type: 'gauge', name: `${HELD}.gauge`, value: 70, updated: false },
  { type: 'timer', name: `${HELD}.timer`, values: [], updated: false },
  { type: 'histogram', name: `${HELD}.histogram`, values: [], updated: false },
  { type: 'distribution', name: `${HELD}.distribution`, values: [], updated: false },
  { type: 'set', name: `${HELD}.set`, value: 0, updated: false },
];
