import type { Steps } from '../../../../src/kit/slices.ts';

/** Bytes that are parsed at one time; shorter bodies are parsed whole. JSON.parse takes 7 ms for a MiB of series. */
const PART = 128 * 1024;
const [QUOTE, COMMA, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x22, 0x2c, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

interface List {
  /** Behind its `[`, and where its `]` is. */
  readonly start: number;
  readonly end: number;
  /** Where its parts end: commas, and `end`. */
  readonly ends: readonly number[];
}

/** As `JSON.parse` of the body, an object whose list `key` is long; its elements are parsed in parts. Throws what `JSON.parse` throws. */
export function* parseInParts(body: Buffer, key: string): Steps<unknown> {
  if (body.length <= PART) return JSON.parse(body.toString());
  const list = yield* findList(body, Buffer.from(`"${key}"`));
  if (list === undefined) return JSON.parse(body.toString());
  const frame: unknown = JSON.parse(body.toString('utf8', 0, list.start) + body.toString('utf8', list.end));
  const elements: unknown[] = [];
  let from = list.start;
  for (const end of list.ends) {
    const part = JSON.parse(`[${body.toString('utf8', from, end)}]`) as unknown[];
    // A comma too many.
    if (part.length === 0 && list.ends.length > 1) throw new SyntaxError('an element is missing');
    for (const element of part) elements.push(element);
    from = end + 1;
    yield;
  }
  return { ...(frame as object), [key]: elements };
}

/** The one list of the object that is called `key`. What is wrong about the rest is found when it is parsed. */
function* findList(body: Buffer, key: Buffer): Steps<List | undefined> {
  const ends: number[] = [];
  let depth = 0;
  let start = -1;
  let end = -1;
  let from = 0;
  let look = PART;
  let isKey = false;
  for (let at = 0; at < body.length; at++) {
    if (at >= look) {
      look = at + PART;
      yield;
    }
    switch (body[at]) {
      case QUOTE: {
        const close = stringEnd(body, at);
        if (depth === 1) {
          isKey = body.compare(key, 0, key.length, at, close + 1) === 0;
          if (isKey && start >= 0) return undefined;
        }
        at = close;
        break;
      }
      case OPEN:
      case OPEN_LIST:
        depth++;
        if (depth === 2 && isKey && body[at] === OPEN_LIST) start = from = at + 1;
        isKey = false;
        break;
      case CLOSE:
      case CLOSE_LIST:
        depth--;
        if (depth === 1 && start >= 0 && end < 0) {
          end = at;
          ends.push(at);
        }
        break;
      case COMMA:
        if (depth === 1) isKey = false;
        if (depth !== 2 || start < 0 || end >= 0 || at - from < PART) break;
        ends.push(at);
        from = at + 1;
        break;
    }
  }
  return end < 0 ? undefined : { start, end, ends };
}

/** Where the string that begins at `start` ends, or the last byte. */
function stringEnd(body: Buffer, start: number): number {
  for (let at = body.indexOf(QUOTE, start + 1); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (body[before] === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
  return body.length - 1;
}
