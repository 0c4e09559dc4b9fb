import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { takesColour } from '../kit/colour.ts';
import { escapeControls } from '../kit/escape.ts';
import type { LogFields, Logger } from '../plugin.ts';

/** A logger that others can be made from. */
export interface ProcessLogger extends Logger {
  /** Writes as this one does, with `fields` on every line. */
  child(fields: LogFields): ProcessLogger;
}

export interface LogOptions {
  /** Writes one line, LF included. */
  write(line: string): void;
  /** `json`: one object per line · `text`: for people · `color`: text with ANSI colours. */
  readonly format: 'json' | 'text' | 'color';
  now(): Date;
}

type Level = 'info' | 'warn' | 'error';

export function createLogger(options: LogOptions, base: LogFields = {}): ProcessLogger {
  const line = options.format === 'json' ? jsonLine : options.format === 'color' ? colorLine : textLine;
  const log =
    (level: Level) =>
    (message: string, fields: LogFields = {}) =>
      options.write(`${line(options.now(), level, message, { ...base, ...fields })}\n`);
  return {
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => createLogger(options, { ...base, ...fields }),
  };
}

/** Logs to standard error: text on a terminal, coloured where it takes that, JSON lines otherwise. Never waits for another thread. */
export function processLogger(): ProcessLogger {
  const terminal = isatty(2);
  const color = takesColour({ isTTY: terminal }, process.env);
  return createLogger({
    write: writeToStandardError,
    format: terminal ? (color ? 'color' : 'text') : 'json',
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

function jsonLine(now: Date, level: Level, message: string, fields: LogFields): string {
  return escapeControls(JSON.stringify({ time: now.toISOString(), level, msg: message, ...fields }));
}

const marks: Readonly<Record<Level, string>> = { info: 'info ', warn: 'warn ', error: 'error' };
const colors: Readonly<Record<Level, string>> = { info: '\u001b[32m', warn: '\u001b[33m', error: '\u001b[31m' };
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

function textLine(now: Date, level: Level, message: string, fields: LogFields): string {
  return [clock(now), marks[level], escapeControls(message), ...pairs(fields)].join(' ');
}

function colorLine(now: Date, level: Level, message: string, fields: LogFields): string {
  const tail = pairs(fields);
  const dim = (text: string) => `${DIM}${text}${RESET}`;
  const mark = `${colors[level]}${marks[level]}${RESET}`;
  return [dim(clock(now)), mark, escapeControls(message), ...tail.map(dim)].join(' ');
}

/** Local time of day. */
function clock(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function pairs(fields: LogFields): string[] {
  return Object.entries(fields).map(([key, value]) => `${key}=${escapeControls(shown(value))}`);
}

function shown(value: LogFields[string]): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value);
}
