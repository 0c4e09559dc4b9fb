import type { Steps } from '../../../src/kit/slices.ts';
import { CR } from '../records/characters.ts';
import { type FrameWalk, walkFrames } from '../records/frames.ts';
import { type Header, hasProcess, readHeader, readRawHeader } from '../records/header.ts';
import type { LogBody } from '../records/log-body.ts';
import { createScan, NOTHING } from '../records/scan.ts';
import { createRecordWriter } from '../records/writer.ts';
import type { RuleBook, RuleInput } from '../rules/rules.ts';
import { createDynos, createHerokuReader } from './heroku.ts';
import { createOutput, createTables, type DrainIntake, flushTally } from './output.ts';
import { createSigilReader } from './sigils.ts';
import { type LineTrace, traced } from './trace.ts';

/** Reads the log text of one body after the other. */
export interface LogReader extends LogBody {
  /** What was found since `begin`, in what was read. */
  readonly totals: Readonly<Totals>;
  /**
   * `repeated`: the body was taken before, and only what it says of lost lines counts, since the answer to it clears the sender's
   * own counter.
   */
  begin(app: string | undefined, repeated: boolean): void;
  /** Reads what is left of the records. */
  end(): Steps<void>;
}

export interface Totals {
  lines: number;
  /** With a usable value. */
  metrics: number;
  lostLines: number;
}

export interface LogReaderOptions {
  readonly procIdAsSource: boolean;
  /** Rules that read each line before all else. */
  readonly rules?: RuleBook | undefined;
  /** True when the time of a slice is over. */
  spent(): boolean;
  readonly trace?: LineTrace | undefined;
}

/** Gives readers that share what is known of names and series. None is used for two bodies at a time. */
export function createLogReaders(intake: DrainIntake, options: LogReaderOptions): () => LogReader {
  const tables = createTables(intake);
  const dynos = createDynos(tables);

  return () => {
    const scan = createScan();
    const output = createOutput(tables);
    const { tally } = output;
    const heroku = createHerokuReader(scan, output, dynos);
    const sigils = createSigilReader(scan, output, heroku.load, options.procIdAsSource);
    const header: Header = { platform: false, procStart: 0, procEnd: 0, message: 0, process: '' };
    const writer = createRecordWriter();
    const rules = options.rules?.reader();
    const linesBetween = rules === undefined ? LINES_BETWEEN : 1;
    const input: RuleInput = { start: 0, end: 0, app: undefined, process: '', severity: undefined, fields: undefined };
    let app = output.app;
    let appName: string | undefined;
    let isRepeated = false;
    let structuredData = false;
    const totals: Totals = { lines: 0, metrics: 0, lostLines: 0 };
    let found = 0;

    function load(body: Buffer): void {
      scan.load(body);
      if (!isRepeated) rules?.load(scan.text);
    }

    function message(end: number): void {
      const { text } = scan;
      const { procStart, procEnd, message: start } = header;
      const notices = header.platform || isProcess(text, procStart, procEnd, 'log-shuttle');
      if (isRepeated) {
        if (notices) heroku.notice(start, end);
        return;
      }
      const before = output.found;
      if (rules !== undefined) {
        input.start = start;
        input.end = end;
        input.process = hasProcess(scan.bytes, header) ? text.slice(procStart, procEnd) : header.process;
        output.found += rules.apply(input);
        tally.valueErrors += rules.errors;
      }
      if (rules?.final) {
        if (notices) heroku.notice(start, end);
      } else if (header.platform && isProcess(text, procStart, procEnd, 'router')) heroku.router(start, end);
      else if (!notices || !heroku.error(start, end)) sigils(start, end, header);
      tally.lines++;
      if (output.found === before) tally.linesWithoutMetrics++;
    }

    const { trace } = options;
    const state = { scan, header, output, repeated: () => isRepeated };
    const line = trace === undefined ? message : traced(trace, state, message);

    function frame(start: number, end: number): void {
      if (!isRepeated) tally.frames++;
      readHeader(scan, start, end, structuredData, header);
      line(end);
    }

    function finish(): void {
      // Lets go of the body, which may be large.
      scan.load(NOTHING);
      rules?.flush();
      input.process = '';
      totals.lines += tally.lines;
      totals.metrics += output.found - found - tally.valueErrors;
      totals.lostLines += tally.lostLines;
      found = output.found;
      flushTally(output);
    }

    function* flush(): Steps<void> {
      if (writer.count === 0) return;
      load(writer.body());
      for (let index = 0; index < writer.count; index++) {
        if (index % linesBetween === linesBetween - 1 && options.spent()) yield;
        const { app: given, process = '', severity, fields } = writer.record(index);
        input.app = given ?? appName;
        input.severity = severity;
        input.fields = fields;
        output.app = given === undefined ? app : output.tags.of(given);
        const start = writer.start(index);
        header.platform = false;
        header.procStart = header.procEnd = header.message = start;
        header.process = process === '' ? '' : Buffer.from(process).toString('latin1');
        line(writer.end(index));
      }
      header.process = '';
      output.app = app;
      input.app = appName;
      input.severity = input.fields = undefined;
      writer.clear();
      finish();
    }

    return {
      totals,
      begin(given, repeated) {
        totals.lines = totals.metrics = totals.lostLines = 0;
        app = output.app = output.tags.of(given);
        appName = input.app = given;
        isRepeated = repeated;
      },
      *frames(body, hasStructuredData) {
        load(body);
        structuredData = hasStructuredData;
        const walk: FrameWalk = { position: 0, errors: 0 };
        let frames = 0;
        const take = (start: number, end: number) => {
          frames++;
          frame(start, end);
        };
        while (!walkFrames(scan, walk, take, options.spent, linesBetween)) yield;
        if (!isRepeated) tally.frameErrors += walk.errors;
        finish();
        return frames;
      },
      *lines(body) {
        load(body);
        const { length } = body;
        let left = linesBetween;
        for (let start = 0; start < length; ) {
          const newline = scan.newline.next(start);
          const end = scan.bytes[newline - 1]! === CR ? newline - 1 : newline;
          if (end > start) {
            readRawHeader(scan, start, end, header);
            line(end);
          }
          start = newline + 1;
          if (--left > 0) continue;
          left = linesBetween;
          if (options.spent()) yield;
        }
        finish();
      },
      record: writer.add,
      flush,
      end: flush,
    };
  };
}

/** Lines between two looks at the clock. With rules it is looked at behind each: a line of 8 KiB may take ten regular expressions 1.3 ms. */
const LINES_BETWEEN = 32;

function isProcess(text: string, start: number, end: number, name: string): boolean {
  return end - start === name.length && text.startsWith(name, start);
}
