import type { Client } from '../../../src/kit/http/auth.ts';
import type { Steps } from '../../../src/kit/slices.ts';
import type { Intake } from '../../../src/plugin.ts';
import { blankBefore, CR, LF, startsAt, word } from '../records/characters.ts';
import { type FrameWalk, walkFrames } from '../records/frames.ts';
import { createHeader, type Header, hasProcess, readHeader, readRawHeader } from '../records/header.ts';
import type { LogBody } from '../records/log-body.ts';
import { createScan, NOTHING, WINDOW } from '../records/scan.ts';
import { createRecordWriter } from '../records/writer.ts';
import type { RuleBook, RuleInput } from '../rules/rules.ts';
import { createContinuations, isCut } from './continuations.ts';
import { createNameRegister, createNames } from './names.ts';
import { createOrigins } from './origin.ts';
import { createOutput, flushTally } from './output.ts';
import { createPlatformReader } from './platform.ts';
import { typeEnd } from './processes.ts';
import { createProfile, type ProfileName } from './profiles/index.ts';
import { createSigilReader } from './sigils.ts';
import { type LineTrace, traced } from './trace.ts';

/** Reads the log text of one body after the other. */
export interface LogReader extends LogBody {
  /** What was found since `begin`, in what was read. */
  readonly totals: Readonly<Totals>;
  begin(source: LogSource): void;
  /** Reads what is left of the records. */
  end(): Steps<void>;
}

export interface Totals {
  lines: number;
  /** With a usable value. */
  metrics: number;
  lostLines: number;
}

/** Where a body comes from. */
export interface LogSource {
  readonly client: Client;
  readonly app: string | undefined;
  /** What tells the streams of a client apart, such as the token of a drain; empty where there is but one. */
  readonly stream: string;
  /**
   * The body was taken before, and only what it says of lost lines counts, since the answer to it clears the sender's own counter.
   */
  readonly repeated: boolean;
}

export interface LogReaderOptions {
  readonly profile: ProfileName;
  /** Default: what the profile does. */
  readonly procIdAsSource: boolean | undefined;
  /** Raw lines are believed when their head says that they are the platform's. */
  readonly platformLines: boolean;
  /** Series that one credential may open within ten minutes. */
  readonly maxSeries: number;
  /** Rules that read each line before all else. */
  readonly rules?: RuleBook | undefined;
  /** True when the time of a slice is over. */
  spent(): boolean;
  /** Milliseconds. */
  now(): number;
  readonly trace?: LineTrace | undefined;
}

export type DrainIntake = Pick<Intake, 'series' | 'member' | 'discard' | 'count'>;

/** Gives readers that share what is known of names and series. None is used for two bodies at a time. */
export function createLogReaders(intake: DrainIntake, options: LogReaderOptions): () => LogReader {
  const origins = createOrigins(intake, options);
  const register = createNameRegister();
  const names = createNames('', register);
  const profile = createProfile(options.profile, origins, register, options.procIdAsSource);
  const continuations = createContinuations();

  return () => {
    const scan = createScan();
    let source: LogSource = NOBODY;
    let origin = origins.of(source.client, source.app);
    const output = createOutput(origin);
    const { tally } = output;
    const platform = createPlatformReader(scan, output, profile);
    const sigils = createSigilReader(scan, output, origins, names, register, profile);
    const header = createHeader();
    const writer = createRecordWriter();
    const rules = options.rules?.reader();
    const between = rules === undefined ? BYTES_BETWEEN : 1;
    const input: RuleInput = {
      start: 0,
      end: 0,
      app: undefined,
      prefixes: undefined,
      process: '',
      severity: undefined,
      fields: undefined,
    };
    let hasStructuredData = false;
    /** Messages of the platform are believed. */
    let isBelieved = false;
    /** The message goes on with one that was cut, or was cut itself so that nothing of it can be believed. */
    let isLost = false;
    const totals: Totals = { lines: 0, metrics: 0, lostLines: 0 };
    let found = 0;

    function load(text: Buffer): void {
      scan.load(text);
      if (!source.repeated) rules?.load(scan.text);
    }

    /** The message of which `header` has been read. False when more of it is to be read by `sigils`. */
    function message(end: number): boolean {
      const { bytes } = scan;
      const { procStart, procEnd } = header;
      const start = skipMark(bytes, header.message, end);
      const trusted = isBelieved && (header.platform || isService(bytes, header));
      const notices = isBelieved && (header.platform || isSender(bytes, header));
      if (source.repeated) {
        if (notices) platform.notice(start, end);
        return true;
      }
      tally.lines++;
      if (isLost) {
        tally.cutLines++;
        return true;
      }
      const before = output.found;
      let isWhole = true;
      if (rules !== undefined) {
        input.start = start;
        input.end = end;
        input.process = hasProcess(bytes, header) ? scan.text.slice(procStart, procEnd) : header.process;
        output.found += rules.apply(input);
        tally.valueErrors += rules.errors;
      }
      if (rules?.final) {
        if (notices) platform.notice(start, end);
      } else if (trusted && isProcess(bytes, header, ROUTER)) platform.router(start, end);
      else if (!notices || !platform.event(start, end, procStart, procEnd))
        isWhole = sigils.read(start, end, header, trusted);
      if (output.found === before) tally.linesWithoutMetrics++;
      return isWhole;
    }

    const { trace } = options;
    const state = { scan, header, output, repeated: () => source.repeated };
    const line = trace === undefined ? message : traced(trace, state, message);

    function frame(start: number, end: number): boolean {
      if (!source.repeated) tally.frames++;
      readHeader(scan, start, end, hasStructuredData, header);
      const wasCut = isCut(end - start, end - header.message, scan.bytes[end - 1] === LF);
      isLost = false;
      if ((wasCut || !continuations.isEmpty) && !source.repeated) {
        const process = processKey();
        // Of what the platform says the cut leaves nothing that a visitor could not have written.
        isLost = continuations.take(process) || (wasCut && header.platform);
        if (wasCut) continuations.add(process);
      }
      // What the cut went through may be half a value.
      return line(wasCut ? blankBefore(scan.bytes, header.message, end) : end);
    }

    function processKey(): string {
      const process = scan.text.slice(header.procStart, Math.min(header.procEnd, header.procStart + LONGEST_PROCESS));
      return Buffer.from(`${source.client.name}\n${source.stream}\n${source.app ?? ''}\n${process}`).toString();
    }

    function* rest(): Steps<void> {
      do yield;
      while (!sigils.more());
    }

    function finish(): void {
      // Lets go of the body, which may be large.
      scan.load(NOTHING);
      isLost = false;
      rules?.flush();
      input.process = '';
      totals.lines += tally.lines;
      totals.metrics += output.found - found - tally.valueErrors;
      totals.lostLines += tally.lostLines;
      found = output.found;
      flushTally(output, intake);
    }

    function* flush(): Steps<void> {
      if (writer.count === 0) return;
      isBelieved = false;
      load(writer.body());
      let look = between;
      for (let index = 0; index < writer.count; index++) {
        if (writer.start(index) >= look) {
          look = writer.start(index) + between;
          if (options.spent()) yield;
        }
        const { app, process = '', severity, fields } = writer.record(index);
        input.app = app ?? source.app;
        input.severity = severity;
        input.fields = fields;
        output.origin = app === undefined ? origin : origins.of(source.client, app);
        const start = writer.start(index);
        header.platform = false;
        header.procStart = header.procEnd = header.message = start;
        header.process = process === '' ? '' : Buffer.from(process).toString('latin1');
        if (!line(writer.end(index))) yield* rest();
      }
      header.process = '';
      output.origin = origin;
      input.app = source.app;
      input.severity = input.fields = undefined;
      writer.clear();
      finish();
    }

    return {
      totals,
      begin(given) {
        totals.lines = totals.metrics = totals.lostLines = 0;
        source = given;
        input.app = given.app;
        input.prefixes = given.client.prefixes;
        origin = output.origin = origins.of(given.client, given.app);
      },
      *frames(body, { structuredData, believed }) {
        hasStructuredData = structuredData;
        isBelieved = believed;
        const walk: FrameWalk = { position: 0, errors: 0 };
        let frames = 0;
        let isWhole = true;
        let from = 0;
        let to = 0;
        const take = (start: number, end: number) => {
          frames++;
          if (end > to) {
            from = start;
            to = Math.min(Math.max(end, start + WINDOW), body.length);
            load(body.subarray(from, to));
          }
          isWhole = frame(start - from, end - from);
          return isWhole;
        };
        while (!walkFrames(body, walk, take, options.spent, between)) {
          if (isWhole) yield;
          else yield* rest();
          isWhole = true;
        }
        if (!source.repeated) tally.frameErrors += walk.errors;
        finish();
        return frames;
      },
      *lines(body) {
        isBelieved = options.platformLines;
        let look = between;
        for (let from = 0; from < body.length; ) {
          const to = windowEnd(body, from);
          load(body.subarray(from, to));
          for (let start = 0; start < to - from; ) {
            const newline = scan.newline.next(start);
            const end = scan.bytes[newline - 1]! === CR ? newline - 1 : newline;
            if (end > start) {
              readRawHeader(scan, start, end, header);
              if (!line(end)) yield* rest();
            }
            start = newline + 1;
            if (from + start < look) continue;
            look = from + start + between;
            if (options.spent()) yield;
          }
          from = to;
        }
        finish();
      },
      record: writer.add,
      flush,
      end: flush,
    };
  };
}

/** Behind the last LF of a window, or behind that of a line which is longer. */
function windowEnd(body: Buffer, from: number): number {
  if (from + WINDOW >= body.length) return body.length;
  const last = body.subarray(from, from + WINDOW).lastIndexOf(LF);
  if (last >= 0) return from + last + 1;
  const next = body.indexOf(LF, from + WINDOW);
  return next < 0 ? body.length : next + 1;
}

const NOBODY: LogSource = { client: { name: 'anonymous' }, app: undefined, stream: '', repeated: false };
/**
 * Bytes between two looks at the clock: at 300 MB/s some µs, and 4 ms where each token opens a series. With rules it is looked at behind each
 * line: one of 8 KiB may take ten regular expressions 1.3 ms.
 */
const BYTES_BETWEEN = 8192;
const LONGEST_PROCESS = 128;

const ROUTER = word('router');
const LOGPLEX = word('logplex');
const LOG_SHUTTLE = word('log-shuttle');
const POOL = word('pgbouncer');
const SERVICE = word('heroku-');

function isProcess(bytes: Uint8Array, { procStart, procEnd }: Header, name: Uint8Array): boolean {
  return procEnd - procStart === name.length && startsAt(bytes, procStart, name);
}

/** What the sender says of itself, whose APP-NAME may be a token. */
function isSender(bytes: Uint8Array, header: Header): boolean {
  return isProcess(bytes, header, LOGPLEX) || isProcess(bytes, header, LOG_SHUTTLE);
}

/** Add-ons of Heroku itself post as the app. A process of an app has a number in its name. */
function isService(bytes: Uint8Array, header: Header): boolean {
  const { procStart, procEnd } = header;
  if (isProcess(bytes, header, POOL)) return true;
  return startsAt(bytes, procStart, SERVICE) && typeEnd(bytes, procStart, procEnd) === procEnd;
}

/** After a byte order mark. */
function skipMark(bytes: Uint8Array, start: number, end: number): number {
  const isMark = start + 3 <= end && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
  return isMark ? start + 3 : start;
}
