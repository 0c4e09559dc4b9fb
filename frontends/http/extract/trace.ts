import type { Header } from '../records/header.ts';
import type { Scan } from '../records/scan.ts';
import type { Output } from './output.ts';

/** Is told of each line that is read: for `statsdrain replay`. */
export interface LineTrace {
  begin(): void;
  /** What is sampled between this and the next `begin` is of this line too. */
  end(line: TracedLine): void;
}

/** One line, after it was read. Text is latin1: a character for each byte. */
export interface TracedLine {
  /** Without its head. */
  readonly text: string;
  /** As its head, or its record, names it; may be empty. */
  readonly process: string;
  readonly platform: boolean;
  /** Of a body that had been taken before. */
  readonly repeated: boolean;
  /** Metrics without a usable value. */
  readonly valueErrors: number;
  /** Metrics without a usable name. */
  readonly nameErrors: number;
  /** How many lines it says were lost. */
  readonly lostLines: number;
  /** It was cut where visitors write, or goes on with one that was. */
  readonly isCut: boolean;
  /** It is of a log of requests, in which visitors write. */
  readonly isVisitors: boolean;
}

export interface LineState {
  readonly scan: Scan;
  readonly header: Header;
  readonly output: Output;
  repeated(): boolean;
}

/** Reads a line up to `end` as `read` does, and tells of it. */
export function traced<Result>(
  trace: LineTrace,
  state: LineState,
  read: (end: number) => Result,
): (end: number) => Result {
  const { scan, header, output } = state;
  return (end) => {
    const { valueErrors, nameErrors, lostLines, cutLines, visitorLines } = output.tally;
    trace.begin();
    const result = read(end);
    const { procStart, procEnd, message, process, platform } = header;
    trace.end({
      text: scan.text.slice(message, end),
      process: procEnd > procStart ? scan.text.slice(procStart, procEnd) : process,
      platform,
      repeated: state.repeated(),
      valueErrors: output.tally.valueErrors - valueErrors,
      nameErrors: output.tally.nameErrors - nameErrors,
      lostLines: output.tally.lostLines - lostLines,
      isCut: output.tally.cutLines > cutLines,
      isVisitors: output.tally.visitorLines > visitorLines,
    });
    return result;
  };
}
