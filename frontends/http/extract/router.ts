import { blankAfter, EQUALS, QUOTE, SPACE } from '../records/characters.ts';
import { closingQuote, type Scan } from '../records/scan.ts';

/** Where the values start that are read from a line of Heroku's router; -1 when there is no such field. */
export interface RouterFields {
  dyno: number;
  code: number;
  status: number;
  connect: number;
  service: number;
}

/**
 * Reads the logfmt of a line. What a visitor chooses (host, path, request_id, fwd) stands between its first and its
 * last quote, and what the router measured outside of them, so the middle is skipped: nothing in there can pass for a
 * measured value, and the rest is a third of the line. Should a line be arranged otherwise, all of it is read.
 */
export function readRouterFields(scan: Scan, start: number, end: number, fields: RouterFields): void {
  const { bytes } = scan;
  fields.dyno = fields.code = fields.status = fields.connect = fields.service = -1;
  let tail = end;
  while (tail > start && bytes[tail - 1] !== QUOTE) tail--;
  const middle = readFields(scan, start, end, fields, true);
  if (tail > middle) readFields(scan, tail, end, fields, false);
  if (fields.dyno < 0) readFields(scan, middle, end, fields, false);
}

/** Of a field that stands twice the later one counts. Gives where it stopped: at `end`, or at the first quoted value. */
function readFields(scan: Scan, start: number, end: number, fields: RouterFields, untilQuote: boolean): number {
  const { bytes, text } = scan;
  let at = start;
  while (at < end) {
    const key = at;
    let byte = bytes[at]!;
    while (byte !== EQUALS && byte > SPACE && ++at < end) byte = bytes[at]!;
    if (byte !== EQUALS || at === end) {
      at++;
      continue;
    }
    const value = at + 1;
    const quoted = value < end && bytes[value] === QUOTE;
    if (quoted && untilQuote) return key;
    switch (at - key) {
      case 4:
        if (text.startsWith('dyno', key)) fields.dyno = value;
        else if (text.startsWith('code', key)) fields.code = value;
        break;
      case 6:
        if (text.startsWith('status', key)) fields.status = value;
        break;
      case 7:
        if (text.startsWith('connect', key)) fields.connect = value;
        else if (text.startsWith('service', key)) fields.service = value;
        break;
    }
    at = blankAfter(bytes, quoted ? closingQuote(scan, value + 1, end) : value, end) + 1;
  }
  return end;
}
