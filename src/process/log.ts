import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { takesColour } from '../kit/colour.ts';
import { escapeControls } from '../kit/escape.ts';
import type { LogFields, Logger } from '../plugin.ts';
import { masked } from './secrets.ts';

/** What is logged, and how. */
export interface LogSettings {
  /** Messages below it are left out. */
  readonly level: LogLevel;
  /** `auto`: text on a terminal, JSON lines otherwise. */
  readonly format: 'auto' | 'text' | 'json';
}

export type LogLevel = 'info' | 'warn' | 'error';

/** A logger that others can be made from. */
export interface ProcessLogger extends Logger {
  /** Writes as this one does, with `fields` on every line. */
  child(fields: LogFields): ProcessLogger;
  /** Of this logger and all that were and will be made from the same one. */
  configure(settings: LogSettings): void;
}

export interface LogOutput {
  /** Writes one line, LF included. */
  write(line: string): void;
  /** A person reads it. */
  readonly terminal: boolean;
  /** ANSI colours may be used. */
  readonly color: boolean;
  now(): Date;
}

const order: readonly LogLevel[] = ['info', 'warn', 'error'];

export function createLogger(output: LogOutput): ProcessLogger {
  let least = 0;
  let line = lineOf('auto', output);

  function from(base: LogFields): ProcessLogger {
    const log = (level: LogLevel) => {
      const rank = order.indexOf(level);
      return (message: string, fields: LogFields = {}) => {
        if (rank < least) return;
        const shown = withoutSecrets({ ...base, ...fields });
        output.write(`${line(output.now(), level, masked(message), shown)}\n`);
      };
    };
    return {
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      child: (fields) => from({ ...base, ...fields }),
      configure({ level, format }) {
        least = order.indexOf(level);
        line = lineOf(format, output);
      },
    };
  }

  return from({});
}

/** Whoever logs may quote what others said, and those the secrets that they were given. */
function withoutSecrets(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'string') return [name, masked(value)];
      return [name, typeof value === 'object' ? value.map(masked) : value];
    }),
  );
}

type Line = (now: Date, level: LogLevel, message: string, fields: LogFields) => string;

function lineOf(format: LogSettings['format'], { terminal, color }: LogOutput): Line {
  if (format === 'json' || (format === 'auto' && !terminal)) return jsonLine;
  return color ? colorLine : textLine;
}

/** Logs to standard error: text on a terminal, coloured where it takes that, JSON lines otherwise. Never waits for another thread. */
export function processLogger(): ProcessLogger {
  const terminal = isatty(2);
  return createLogger({
    write: writeToStandardError,
    terminal,
    color: takesColour({ isTTY: terminal }, process.env),
    now: () => new Date(),
  });
}

/** A reader that is gone or too slow costs log lines, not the process. */
function writeToStandardError(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    return;
  }
}

function jsonLine(now: Date, level: LogLevel, message: string, fields: LogFields): string {
  return escapeControls(JSON.stringify({ time: now.toISOString(), level, msg: message, ...fields }));
}

const marks: Readonly<Record<LogLevel, string>> = { info: 'info ', warn: 'warn ', error: 'error' };
const colors: Readonly<Record<LogLevel, string>> = { info: '\u001b[32m', warn: '\u001b[33m', error: '\u001b[31m' };
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

function textLine(now: Date, level: LogLevel, message: string, fields: LogFields): string {
  return [clock(now), marks[level], escapeControls(message), ...pairs(fields)].join(' ');
}

function colorLine(now: Date, level: LogLevel, message: string, fields: LogFields): string {
  const tail = pairs(fields);
  const dim = (text: string) => `${DIM}${text}${RESET}`;
  const mark = `${colors[level]}${marks[level]}${RESET}`;
  return [dim(clock(now)), mark, escapeControls(message), ...tail.map(dim)].join(' ');
}

/** Time of day in UTC, as the console back-end and the JSON lines have it. */
function clock(now: Date): string {
  return `${now.toISOString().slice(11, 19)}Z`;
}

function pairs(fields: LogFields): string[] {
  return Object.entries(fields).map(([key, value]) => `${key}=${escapeControls(shown(value))}`);
}

function shown(value: LogFields[string]): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value);
}
