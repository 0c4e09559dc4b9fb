import { type Finder, type Scan, startsKey, textValue, unquoted } from '../records/scan.ts';

/** The value of the first field of a line that `key` finds outside of quotes, such as `source=eu`; empty where there is none. */
export function fieldValue(scan: Scan, key: Finder, lineStart: number, lineEnd: number): string {
  let clear = lineStart;
  let at = key.next(lineStart);
  while (at < lineEnd) {
    let from = at + 1;
    if (startsKey(scan.bytes, at, lineStart)) {
      clear = unquoted(scan, clear, at, lineEnd);
      if (clear > at) from = clear;
      else {
        const value = textValue(scan, at + key.length, lineEnd);
        if (value !== '') return value;
      }
    }
    at = key.next(from);
  }
  return '';
}
