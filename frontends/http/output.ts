import { type HeldSeries, holdSeries } from '../../src/kit/held-series.ts';
import type { Intake } from '../../src/plugin.ts';
import { type AppTags, createNames, createTagTable, type TagTable } from './names.ts';

/** What was seen in the log bodies of one request, for the front-end's own counters. */
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

/** Where the readers of log lines put what they find. */
export interface Output {
  readonly intake: Pick<Intake, 'sample' | 'member' | 'discard' | 'count'>;
  /** Series to keep, see {@link HeldSeries}. */
  readonly series: HeldSeries['series'];
  readonly tags: TagTable;
  /** Tags of the app that the body comes from. */
  app: AppTags;
  /** Metric names, detached from the body. */
  readonly name: (slice: string) => string;
  readonly tally: Tally;
  /** Metrics found so far, those without a usable value too. */
  found: number;
}

const NAMES = 20_000;
const TAG_SECTIONS = 20_000;
const SERIES = 50_000;

export function createOutput(intake: DrainIntake): Output {
  const tags = createTagTable(TAG_SECTIONS);
  const { sample, series } = holdSeries(intake, SERIES);
  const found: Output['intake'] = {
    sample,
    member: (...member) => intake.member(...member),
    discard: (...discarded) => intake.discard(...discarded),
    count: (...counted) => intake.count(...counted),
  };
  return {
    intake: found,
    series,
    tags,
    app: tags.of(undefined),
    name: createNames(NAMES),
    tally: emptyTally(),
    found: 0,
  };
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
