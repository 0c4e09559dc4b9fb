import { type HeldSeries, holdSeries } from '../../../src/kit/held-series.ts';
import type { Intake } from '../../../src/plugin.ts';
import { type AppTags, createNames, createTagTable, type TagTable } from './names.ts';

/** What was seen in the log text of one body, for the front-end's own counters. */
interface Tally {
  frames: number;
  lines: number;
  linesWithoutMetrics: number;
  frameErrors: number;
  valueErrors: number;
  nameErrors: number;
  lostLines: number;
}

/** What the drain needs of its intake. */
export type DrainIntake = Pick<Intake, 'series' | 'member' | 'discard' | 'count'>;

/** What is known of names, tags and series: one for all bodies of a drain. */
export interface Tables {
  readonly intake: Pick<Intake, 'sample' | 'member' | 'discard' | 'count'>;
  /** Series to keep, see {@link HeldSeries}. */
  readonly series: HeldSeries['series'];
  readonly tags: TagTable;
  /** Metric names, detached from the body. */
  readonly name: (slice: string) => string;
}

/** Where the readers of one body put what they find. */
export interface Output extends Tables {
  /** Tags of the app that the line comes from. */
  app: AppTags;
  readonly tally: Tally;
  /** Metrics found so far, those without a usable value too. */
  found: number;
}

const NAMES = 20_000;
const TAG_SECTIONS = 20_000;
const SERIES = 50_000;

export function createTables(intake: DrainIntake): Tables {
  const { sample, series } = holdSeries(intake, SERIES);
  return {
    intake: {
      sample,
      member: (...member) => intake.member(...member),
      discard: (...discarded) => intake.discard(...discarded),
      count: (...counted) => intake.count(...counted),
    },
    series,
    tags: createTagTable(TAG_SECTIONS),
    name: createNames(NAMES),
  };
}

export function createOutput(tables: Tables): Output {
  return { ...tables, app: tables.tags.of(undefined), tally: emptyTally(), found: 0 };
}

function emptyTally(): Tally {
  return {
    frames: 0,
    lines: 0,
    linesWithoutMetrics: 0,
    frameErrors: 0,
    valueErrors: 0,
    nameErrors: 0,
    lostLines: 0,
  };
}

/** Reports the tally and sets it back. */
export function flushTally({ intake, tally }: Output): void {
  const report = (name: string, value: number) => {
    if (value > 0) intake.count(name, value);
  };
  report('drain.frames', tally.frames);
  report('drain.lines', tally.lines);
  report('drain.lines_without_metrics', tally.linesWithoutMetrics);
  report('drain.frame_errors', tally.frameErrors);
  report('drain.value_errors', tally.valueErrors);
  report('drain.name_errors', tally.nameErrors);
  report('drain.lost_lines', tally.lostLines);
  // A metric without a usable value is an input that was received, so the account of the front-end knows it too.
  if (tally.valueErrors > 0) intake.discard('bad_value', tally.valueErrors);
  Object.assign(tally, emptyTally());
}
