import type { Config, LoadedFrontend } from '../config/load.ts';
import type { Dialect } from '../config/settings.ts';
import { createLineReader, type LineReading, type ReadSeries } from './line-reader.ts';
import { createViewSteps, type ViewResult } from './view-steps.ts';
import { viewsOf } from './views-of.ts';

/** What becomes of one line at front-ends that read it alike. */
export interface Explanation {
  readonly line: string;
  readonly frontends: readonly string[];
  readonly dialect: Dialect;
  readonly reading: Exclude<LineReading, { readonly kind: 'samples' }> | ExplainedSamples;
}

export interface ExplainedSamples extends Omit<Extract<LineReading, { readonly kind: 'samples' }>, 'series'> {
  readonly series: readonly ExplainedSeries[];
}

export interface ExplainedSeries extends ReadSeries {
  /** Back-ends with equal rules are one. */
  readonly views: readonly ({ readonly backends: readonly string[] } & ViewResult)[];
}

/**
 * Tells what becomes of lines by the code that the server runs: at `frontends` of the configuration, and then in each of its back-ends. An
 * explanation for each group of front-ends that read alike, in their order.
 */
export function createExplainer(
  config: Pick<Config, 'settings' | 'backends'>,
  frontends: readonly LoadedFrontend[],
): (line: string) => readonly Explanation[] {
  const views = viewsOf(config).map((view) => ({
    backends: view.writers.map(({ name }) => name),
    follow: createViewSteps(view),
  }));
  const groups = groupsOf(frontends).map((alike) => {
    const [{ dialect, rules }] = alike;
    const read = createLineReader({ dialect, rules }, config.settings);
    return { names: alike.map(({ name }) => name), dialect, read };
  });
  const followed = (series: ReadSeries): ExplainedSeries => ({
    ...series,
    views: views.map(({ backends, follow }) => ({ backends, ...follow(series.type, series.identity) })),
  });
  return (line) =>
    groups.map(({ names, dialect, read }) => {
      const reading = read(line);
      const all = reading.kind === 'samples' ? { ...reading, series: reading.series.map(followed) } : reading;
      return { line, frontends: names, dialect, reading: all };
    });
}

type Group = readonly [LoadedFrontend, ...LoadedFrontend[]];

function groupsOf(frontends: readonly LoadedFrontend[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const frontend of frontends) {
    const key = JSON.stringify([frontend.dialect, frontend.rules ?? null]);
    groups.set(key, [...(groups.get(key) ?? []), frontend] as unknown as Group);
  }
  return [...groups.values()];
}
