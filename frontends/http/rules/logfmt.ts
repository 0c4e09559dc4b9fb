import type { FieldValue, Parse } from './fields.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

interface Wanted {
  readonly key: string;
  readonly slot: number;
}

/**
 * `key=value key="with \"quotes\""` anywhere in a line. What stands in quotes is never read as a field, and neither is what follows a quote
 * that is not closed. A line that gives a field twice, and not alike, is none of the rule: one of the two may be what a visitor wrote.
 */
export function logfmtParser(names: readonly string[]): Parse {
  const byLength = new Map<number, Wanted[]>();
  for (const [slot, key] of names.entries()) {
    if (!key.startsWith('@')) byLength.set(key.length, [...(byLength.get(key.length) ?? []), { key, slot }]);
  }
  const asked = byLength.size > 0;
  return (message, values) => {
    const count = readFields(message.text(), byLength, values);
    return count > 0 || (count === 0 && !asked);
  };
}

/** The number of fields that were found, or -1. */
function readFields(text: string, byLength: ReadonlyMap<number, readonly Wanted[]>, values: FieldValue[]): number {
  const { length } = text;
  let found = 0;
  let at = 0;
  while (at < length) {
    let code = text.charCodeAt(at);
    if (code <= SPACE) {
      at++;
      continue;
    }
    const key = at;
    while (code > SPACE && code !== EQUALS && !opensQuote(text, at, code)) {
      if (++at === length) return found;
      code = text.charCodeAt(at);
    }
    if (code === QUOTE) {
      at = closingQuote(text, at + 1) + 1;
      if (at === 0) return found;
      continue;
    }
    if (code !== EQUALS) continue;
    const wanted = wantedAt(text, key, at, byLength);
    const value = at + 1;
    if (text.charCodeAt(value) === QUOTE) {
      const close = closingQuote(text, value + 1);
      if (close < 0) return found;
      at = close + 1;
      if (wanted !== undefined && !put(values, wanted.slot, unescaped(text.slice(value + 1, close)))) return -1;
    } else {
      at = value;
      while (at < length && text.charCodeAt(at) > SPACE) at++;
      if (wanted !== undefined && !put(values, wanted.slot, text.slice(value, separatorEnd(text, value, at))))
        return -1;
    }
    if (wanted !== undefined) found++;
  }
  return found;
}

function wantedAt(
  text: string,
  start: number,
  end: number,
  byLength: ReadonlyMap<number, readonly Wanted[]>,
): Wanted | undefined {
  return byLength.get(end - start)?.find(({ key }) => text.startsWith(key, start));
}

function put(values: FieldValue[], slot: number, value: string): boolean {
  if (values[slot] !== undefined) return values[slot] === value;
  values[slot] = value;
  return true;
}

/** A quote behind a letter or digit is none that opens, such as that of `5" pipe`. */
function opensQuote(text: string, at: number, code: number): boolean {
  return code === QUOTE && !/[A-Za-z0-9]/.test(text[at - 1] ?? '');
}

/** First `"` at or after `position` that is not escaped with a backslash, or -1. */
export function closingQuote(text: string, position: number): number {
  for (let close = text.indexOf('"', position); close >= 0; close = text.indexOf('"', close + 1)) {
    if (!isEscaped(text, close, position)) return close;
  }
  return -1;
}

/** Whether an odd number of backslashes stands before `at`, none of them before `from`. */
export function isEscaped(text: string, at: number, from: number): boolean {
  let before = at;
  while (before > from && text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(["\\])/g, '$1') : text;
}

/** Without the `,` or `;` that some put between fields. */
function separatorEnd(text: string, start: number, end: number): number {
  const last = text[end - 1];
  return end > start && (last === ',' || last === ';') ? end - 1 : end;
}
