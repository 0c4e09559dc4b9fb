import type { Intake } from '../../../../src/plugin.ts';
import type { CheckRecord, EventRecord } from './records.ts';

/** Lines are handed over in pieces of about this many bytes. */
const PIECE = 64 * 1024;
/**
 * Bytes of lines that one body may become: each point repeats name and tags of its series, so that 8 MiB of a hostile body could
 * become gigabytes.
 */
const MOST = 32 * 1024 * 1024;

/** Lines of DogStatsD for what has no other way into the intake. */
export interface LineWriter {
  add(line: string): void;
  /** To be called at the end of each body. */
  flush(): void;
}

export function createLineWriter(intake: Pick<Intake, 'lines' | 'discard'>): LineWriter {
  let waiting: string[] = [];
  let size = 0;
  let all = 0;

  function handOver(): void {
    if (waiting.length > 0) intake.lines(Buffer.from(waiting.join('\n')));
    waiting = [];
    size = 0;
  }
  return {
    add(line) {
      all += line.length;
      if (all > MOST) {
        intake.discard('overload', 1);
        return;
      }
      waiting.push(line);
      size += line.length;
      if (size >= PIECE) handOver();
    },
    flush() {
      handOver();
      all = 0;
    },
  };
}

/** A sample with a time of its own, in Unix seconds (DogStatsD 1.3). `sample`: name, value and type. */
export function timedLine(sample: string, time: number, tags: string): string {
  return `${sample}|T${Math.trunc(time)}${tagField(tags)}`;
}

/** Characters of an event's title and text that Datadog keeps. */
const TEXT_LENGTH = 4000;

/** Undefined where the event has no title. */
export function eventLine(event: EventRecord): string | undefined {
  const title = oneLine(event.title);
  const text = oneLine(event.text);
  if (title === '') return undefined;
  const fields = [
    field('d', event.time),
    field('h', event.host),
    field('k', event.aggregationKey),
    field('p', event.priority),
    field('s', event.sourceType),
    field('t', event.alertType),
    tagField(event.tags),
  ];
  return `_e{${Buffer.byteLength(title)},${Buffer.byteLength(text)}}:${title}|${text}${fields.join('')}`;
}

/** Undefined where the check has no name or no status. */
export function checkLine(check: CheckRecord): string | undefined {
  const name = fieldText(check.name);
  if (name === '' || ![0, 1, 2, 3].includes(check.status)) return undefined;
  const fields = [field('d', check.time), field('h', check.host), tagField(check.tags), field('m', check.message)];
  return `_sc|${name}|${check.status}${fields.join('')}`;
}

/** Of a title or text, which may hold any character: the lengths before them say where they end. */
function oneLine(text: string): string {
  return text.slice(0, TEXT_LENGTH).replace(/\r\n?|\n/g, '\\n');
}

function field(letter: string, value: string | number | undefined): string {
  return value === undefined || value === '' ? '' : `|${letter}:${fieldText(String(value))}`;
}

function tagField(tags: string): string {
  return tags === '' ? '' : `|#${tags}`;
}

/** Nothing in a field stands for `|` or the end of a line. */
function fieldText(text: string): string {
  return text
    .slice(0, TEXT_LENGTH)
    .replace(/[\r\n]+/g, ' ')
    .replaceAll('|', '_');
}
