import { createShard, type Shard } from '../../src/aggregate/shard.ts';
import { defaultSettings, type Limits, type Settings } from '../../src/config/settings.ts';
import { atOnce, type Steps } from '../../src/kit/slices.ts';
import { tagsWithHost } from '../../src/kit/tags.ts';
import type { Partial } from '../../src/partial/partial.ts';
import type { Intake, Window } from '../../src/plugin.ts';
import type { MergeState, OwnSample } from '../../src/window/merger.ts';
import type { ViewRules } from '../../src/window/namer.ts';
import { createViews, type Views } from '../../src/window/views.ts';

export interface Bench {
  readonly shard: Shard;
  readonly intake: Intake;
}

/** A shard with one front-end, `test`. */
export function openShard(limits: globalThis.Partial<Limits> = {}, index = 0, now: () => number = () => 0): Bench {
  const all = { ...defaultSettings.limits, ...limits };
  const shard = createShard({ index, limits: all, now, seed: 12345 });
  return { shard, intake: shard.intake('test', 'auto') };
}

type WindowInput = readonly [
  partials: readonly Partial[],
  startMs: number,
  endMs: number,
  own: (state: MergeState) => readonly OwnSample[],
];

/** One view. */
export interface Merger extends Pick<Views, 'setSettings' | 'takeFalling' | 'keepGauges' | 'restoreGauge'> {
  merge(...window: WindowInput): Window;
  mergeSteps(...window: WindowInput): Steps<Window>;
}

export function openMerger(settings: globalThis.Partial<Settings> = {}, rules: ViewRules = {}): Merger {
  const views = createViews({ ...defaultSettings, ...settings });
  atOnce(views.open('only', rules));
  function* mergeSteps(...window: WindowInput): Steps<Window> {
    const { windows } = yield* views.merge(...window);
    return windows.get('only')!.window;
  }
  return { ...views, mergeSteps, merge: (...window) => atOnce(mergeSteps(...window)) };
}

/** Windows of one second, one behind the other. */
export function windowsOf(merger: Merger, own: readonly OwnSample[] = []) {
  let endMs = 1_700_000_000_000;
  return (...partials: Partial[]): Window => {
    endMs += 1000;
    return merger.merge(partials, endMs - 1000, endMs, () => [...own]);
  };
}

/** The points of a window as plain data, in an order of their own. */
export function pointsOf({ points }: Window): readonly string[] {
  return points
    .map(({ type, name, tags, host, timestamp, value }) => {
      const where = host === undefined ? '' : ` on "${host}"`;
      return `${type} ${name}${tags.length > 0 ? `{${tags.join(',')}}` : ''}${where} at ${timestamp}: ${value}`;
    })
    .sort();
}

/** The series of a window as plain data: `type name{tags}` to its value, or to its statistics. */
export function contents(window: Window): Record<string, unknown> {
  const found = new Map<string, unknown>();
  for (const series of window.series) {
    const tags = tagsWithHost(series);
    const key = `${series.type} ${series.name}${tags.length > 0 ? `{${tags.join(',')}}` : ''}`;
    if ('value' in series) found.set(key, series.value);
    else {
      const { count, sum, min, max, percentiles } = series.statistics;
      found.set(key, { count, sum, min, max, percentiles: [...percentiles.values()] });
    }
  }
  return Object.fromEntries(found);
}
