import type { SeriesInput } from '../../../src/plugin.ts';
import { copyOf } from './copy.ts';
import type { FieldValue } from './fields.ts';
import { type CompiledMetric, OTHER, type SampleType, type Series } from './metric.ts';
import type { Limits } from './rule-set.ts';
import { createSeriesTable } from './series.ts';

/** Where metrics of rules go. */
export interface RuleOutput {
  /** One series for many samples. `tags` is a tag section of DogStatsD without the `#`, empty for none. */
  series(type: SampleType, name: string, tags: string): SeriesInput;
  member(name: string, member: string, tags?: string): void;
}

/** What became of one metric of one line: a value was handed over, it was missing, it is none, or its name may not be written. */
export type Emitted = 'sample' | 'folded' | 'missing' | 'error' | 'refused';

/** Hands over the metrics of one rule. */
export type Emit = (
  metric: CompiledMetric,
  values: readonly FieldValue[],
  app: string | undefined,
  /** How names begin that may be written. Undefined: any. */
  prefixes: readonly string[] | undefined,
) => Emitted;

const LONGEST_NAME = 200;
const LONGEST_MEMBER = 1024;
/** Apps for which there is a series of what no others have room for. */
const APPS = 100;

/**
 * A series that is known costs one look-up. Of those over `maxSeries` all texts that depend on lines become `other`. The tag `app` is put to
 * each, as to all that the drain makes, unless the rule has one of its own.
 */
export function createEmit(limits: Limits, output: RuleOutput, now: () => number): Emit {
  const { maxSeries, maxTagLength, idle } = limits;
  const known = createSeriesTable<Series>(maxSeries, idle, now);
  /** Those of metrics that are the same for all lines, and of what is folded: one for each metric and app. */
  const fixed = createSeriesTable<Series>(Number.POSITIVE_INFINITY, idle, now);
  const apps = new Set<string>();

  function open(
    metric: CompiledMetric,
    name: string,
    values: readonly (string | undefined)[],
    app: string | undefined,
  ) {
    const pairs = metric.tags.flatMap(({ key }, index) => {
      const value = values[index];
      return value === undefined ? [] : [`${key}:${cleanValue(value)}`];
    });
    const ownApp = metric.tags.some(({ key }) => key === 'app');
    if (app !== undefined && !ownApp) pairs.push(`app:${cleanValue(app)}`);
    const tags = pairs.join(',');
    const made = { name: cleanName(name), tags };
    return { ...made, input: metric.type === 'set' ? undefined : output.series(metric.type, made.name, tags) };
  }

  function fixedSeries(metric: CompiledMetric, given: string | undefined): Series {
    // Whoever posts may choose the app, so that there are not to be any number of them.
    const app = given === undefined || apps.has(given) || apps.size < APPS ? given : OTHER;
    if (app !== undefined && !apps.has(app)) apps.add(copyOf(app));
    const key = app === undefined ? metric.key : `${metric.key} ${app}`;
    const make = () =>
      open(
        metric,
        metric.name.other,
        metric.tags.map(({ other }) => other),
        app,
      );
    return fixed.find(key) ?? fixed.add(copyOf(key), make)!;
  }

  /** Undefined where a part of the name is missing. */
  function seriesOf(
    metric: CompiledMetric,
    values: readonly FieldValue[],
    app: string | undefined,
  ): Series | undefined {
    if (!metric.varies) return fixedSeries(metric, app);
    const name = metric.name.render(values)?.slice(0, LONGEST_NAME);
    if (name === undefined) return undefined;
    // With its length before each text: no text of a line can pass for two.
    let key = app === undefined ? metric.key : `${metric.key} ${app.length} ${app}`;
    if (metric.name.varies) key += ` ${name.length} ${name}`;
    const texts: (string | undefined)[] = [];
    for (const { render, varies } of metric.tags) {
      const text = render(values)?.slice(0, maxTagLength);
      texts.push(text === '' ? undefined : text);
      if (varies) key += text === undefined ? ' -' : ` ${text.length} ${text}`;
    }
    return known.find(key) ?? known.add(copyOf(key), () => open(metric, name, texts, app)) ?? FOLDED;
  }

  return (metric, values, app, prefixes) => {
    if (metric.type === 'set') {
      const member = metric.member(values);
      if (member === undefined || member === '') return 'missing';
      const series = seriesOf(metric, values, app);
      if (series === undefined) return 'error';
      const { name, tags } = series === FOLDED ? fixedSeries(metric, app) : series;
      if (!isAllowed(name, prefixes)) return 'refused';
      output.member(name, member.slice(0, LONGEST_MEMBER), tags === '' ? undefined : tags);
      return series === FOLDED ? 'folded' : 'sample';
    }
    const value = metric.value(values);
    if (value === undefined) return 'missing';
    if (Number.isNaN(value)) return 'error';
    const series = seriesOf(metric, values, app);
    if (series === undefined) return 'error';
    const { name, input } = series === FOLDED ? fixedSeries(metric, app) : series;
    if (!isAllowed(name, prefixes)) return 'refused';
    input!.add(value);
    return series === FOLDED ? 'folded' : 'sample';
  };
}

function isAllowed(name: string, prefixes: readonly string[] | undefined): boolean {
  return prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix));
}

/** There is no room for another series. */
const FOLDED: Series = { name: '', tags: '', input: undefined };

/** The tag section of DogStatsD has no escapes: what would end a tag or a line becomes `_`, and so does broken UTF-8. */
function cleanValue(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  return copyOf(value.replace(/[,|\x00-\x1f\x7f-\x9f\ufffd]/g, '_'));
}

function cleanName(name: string): string {
  return copyOf(name.replace(/[^A-Za-z0-9_.:/-]/g, '_'));
}
