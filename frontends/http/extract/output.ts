import type { Intake } from '../../../src/plugin.ts';
import type { Origin } from './origin.ts';

/** What was seen in the log text of one body, for the front-end's own counters. */
interface Tally {
  frames: number;
  lines: number;
  linesWithoutMetrics: number;
  frameErrors: number;
  valueErrors: number;
  nameErrors: number;
  lostLines: number;
  cutLines: number;
  visitorLines: number;
}

/** Where the readers of one body put what they find. */
export interface Output {
  /** Where the line comes from that is read. */
  origin: Origin;
  readonly tally: Tally;
  /** Metrics found so far, those without a usable value too. */
  found: number;
}

export function createOutput(origin: Origin): Output {
  return { origin, tally: emptyTally(), found: 0 };
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
    cutLines: 0,
    visitorLines: 0,
  };
}

/** Reports the tally and sets it back. */
export function flushTally({ tally }: Output, intake: Pick<Intake, 'count' | 'discard'>): void {
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
  report('drain.cut_lines', tally.cutLines);
  report('drain.visitor_lines', tally.visitorLines);
  // A metric without a usable value is an input that was received, so the account of the front-end knows it too.
  if (tally.valueErrors > 0) intake.discard('bad_value', tally.valueErrors);
  Object.assign(tally, emptyTally());
}
