import { DOT, isDigit, SPACE } from '../records/characters.ts';

/** Types whose processes each run once: their numbers are no tags, since there are always new ones. */
const ONE_OFF = ['run', 'scheduler', 'release'];
const TYPE = /^[A-Za-z0-9_-]{1,100}$/;

export function isProcessType(text: string): boolean {
  return TYPE.test(text);
}

/** Where the process type ends: at the dot of `web.1`, at a blank or at `end`. */
export function typeEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== DOT && bytes[at]! > SPACE) at++;
  return at;
}

/** Where the name of the process ends that is `text[start, end)`: `web.1` is one, of `run.1234` it is the type. */
export function processEnd(text: string, start: number, end: number): number {
  const type = ONE_OFF.find((name) => text.startsWith(name, start) && text.startsWith('.', start + name.length));
  return type === undefined || start + type.length >= end ? end : start + type.length;
}

/** True for `web.1`: a type, a dot and a number. */
export function isDyno(bytes: Uint8Array, start: number, end: number): boolean {
  const dot = typeEnd(bytes, start, end);
  if (dot === start || dot + 1 >= end || bytes[dot] !== DOT) return false;
  for (let at = dot + 1; at < end; at++) if (!isDigit(bytes[at]!)) return false;
  return true;
}
