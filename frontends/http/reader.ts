import { CR } from './characters.ts';
import { type Header, readHeader, readRawHeader } from './header.ts';
import { createHerokuReader } from './heroku.ts';
import { walkFrames } from './logplex.ts';
import { createOutput, type DrainIntake, flushTally } from './output.ts';
import { createScan, NOTHING } from './scan.ts';
import { createSigilReader } from './sigils.ts';

export interface LogReader {
  /**
   * A body with octet counting. `structuredData`: messages have the STRUCTURED-DATA that Logplex leaves out.
   * Gives the number of frames.
   */
  frames(body: Buffer, app: string | undefined, structuredData: boolean): number;
  /** A body of lines. */
  lines(body: Buffer, app: string | undefined): void;
}

export interface LogReaderOptions {
  readonly procIdAsSource: boolean;
}

/** Turns bodies of log lines into samples. Never throws; a line without metrics is only counted. */
export function createLogReader(intake: DrainIntake, options: LogReaderOptions): LogReader {
  const scan = createScan();
  const output = createOutput(intake);
  const { tally } = output;
  const heroku = createHerokuReader(scan, output);
  const sigils = createSigilReader(scan, output, heroku.load, options.procIdAsSource);
  const header: Header = { platform: false, procStart: 0, procEnd: 0, message: 0 };
  let structuredData = false;

  function message(end: number): void {
    const { text } = scan;
    const { procStart, procEnd, message: start } = header;
    const before = output.found;
    if (header.platform && isProcess(text, procStart, procEnd, 'router')) heroku.router(start, end);
    else if (!(header.platform || isProcess(text, procStart, procEnd, 'log-shuttle')) || !heroku.error(start, end)) {
      sigils(start, end, header);
    }
    tally.lines++;
    if (output.found === before) tally.linesWithoutMetrics++;
  }

  function frame(start: number, end: number): void {
    tally.frames++;
    readHeader(scan, start, end, structuredData, header);
    message(end);
  }

  function begin(body: Buffer, app: string | undefined): void {
    scan.load(body);
    output.app = output.tags.of(app);
  }

  function finish(): void {
    // Lets go of the body, which may be large.
    scan.load(NOTHING);
    flushTally(output);
  }

  return {
    frames(body, app, hasStructuredData) {
      begin(body, app);
      structuredData = hasStructuredData;
      tally.frameErrors = walkFrames(scan, frame);
      const { frames } = tally;
      finish();
      return frames;
    },
    lines(body, app) {
      begin(body, app);
      const { length } = body;
      for (let start = 0; start < length; ) {
        const newline = scan.newline.next(start);
        const end = scan.bytes[newline - 1]! === CR ? newline - 1 : newline;
        if (end > start) {
          readRawHeader(scan, start, end, header);
          message(end);
        }
        start = newline + 1;
      }
      finish();
    },
  };
}

function isProcess(text: string, start: number, end: number, name: string): boolean {
  return end - start === name.length && text.startsWith(name, start);
}
