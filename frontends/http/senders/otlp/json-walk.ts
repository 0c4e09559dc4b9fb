import { refusal } from '../../../../src/kit/http/refusal.ts';
import type { Steps } from '../../../../src/kit/slices.ts';
import type { Fields } from './json-values.ts';
import { type Head, type HeadFields, LONGEST_LEAF, MOST_HEADS, type Sink, TOO_LONG } from './model.ts';

/** Reads one member of an object. */
export type ReadFields = (value: unknown) => HeadFields;

/** What the members of an object are by their names in lowerCamelCase; others are skipped. */
export interface ObjectShape {
  readonly level: Head['level'];
  /** Objects and lists that are walked; `leaf`: data points or log records. */
  readonly inside: ReadonlyMap<string, { readonly list: boolean; readonly of: ObjectShape | 'leaf' }>;
  readonly kept: ReadonlyMap<string, ReadFields>;
  readonly kind?: Head['kind'];
}

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, NULL] = [...'"\\,:{}[]n'].map((character) =>
  character.charCodeAt(0),
) as [number, number, number, number, number, number, number, number, number];
const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Bytes that are skipped between two looks at the clock; about 0.1 ms. */
const SKIPPED = 32 * 1024;
/** No name that means anything is longer. */
const LONGEST_NAME = 64;

/** A place in a body of JSON. */
interface Cursor {
  at: number;
  /** The first byte that is no blank. */
  peek(): number | undefined;
  /** Goes behind `byte`, which has to come next. */
  expect(byte: number): void;
  /** Goes behind a value of any kind; true when it is there, false when it is to be called again. */
  skip(): boolean;
  /** Of a value between two places. Undefined where it is no JSON. */
  parse(start: number, end: number): unknown;
}

function cursorOf(body: Buffer): Cursor {
  const { length } = body;
  let depth = 0;
  let inString = false;
  let inside = false;
  const broken = () => refusal(400, 'The body is no JSON, or it is incomplete.');

  /** Scans at most `SKIPPED` bytes of a value; true at its end. */
  function scan(): boolean {
    const stop = Math.min(cursor.at + SKIPPED, length);
    let { at } = cursor;
    try {
      while (at < stop) {
        const byte = body[at]!;
        if (inString) {
          at += byte === BACKSLASH ? 2 : 1;
          if (byte !== QUOTE) continue;
          inString = false;
          if (depth === 0) return true;
        } else if (byte === QUOTE) {
          at++;
          inString = true;
        } else if (byte === OPEN || byte === OPEN_LIST) {
          at++;
          depth++;
        } else if (byte === CLOSE || byte === CLOSE_LIST) {
          if (depth === 0) return true;
          at++;
          if (--depth === 0) return true;
        } else if (depth === 0 && (byte === COMMA || isSpace(byte))) return true;
        else at++;
      }
      if (at >= length) throw broken();
      return false;
    } finally {
      cursor.at = at;
    }
  }

  const cursor: Cursor = {
    at: body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0,
    peek() {
      while (isSpace(body[cursor.at])) cursor.at++;
      return body[cursor.at];
    },
    expect(byte) {
      if (cursor.peek() !== byte) throw broken();
      cursor.at++;
    },
    skip() {
      const start = cursor.at;
      if (!inside) {
        depth = 0;
        inString = false;
      }
      inside = !scan();
      if (cursor.at === start) throw broken();
      return !inside;
    },
    parse(start, end) {
      try {
        return JSON.parse(body.toString('utf8', start, end));
      } catch {
        return undefined;
      }
    },
  };
  return cursor;
}

/**
 * Walks a body twice, as `walkMessage` does, and parses one data point or log record at a time: all of 20 MiB at once would hold everything up for
 * half a second. Throws a refusal (400, 413). `leaf` gives a reason where it cannot take one.
 */
export function* walkJson<Leaf extends object>(
  body: Buffer,
  shape: ObjectShape,
  leaf: (value: Fields) => Leaf | string,
  sink: Sink<Leaf>,
  spent: () => boolean,
): Steps<void> {
  const heads: Head[] = [];
  let next = 0;
  yield* walk(body, shape, spent, {
    enter(into) {
      if (heads.length >= MOST_HEADS) throw refusal(413, `The body has more than ${MOST_HEADS} resources and metrics.`);
      const head: Head = into.kind === undefined ? { level: into.level } : { level: into.level, kind: into.kind };
      heads.push(head);
      return head;
    },
    keep(read, head, cursor, start) {
      if (cursor.at - start > LONGEST_LEAF) {
        throw refusal(413, `A resource, a scope or a name in the body is longer than ${LONGEST_LEAF} bytes.`);
      }
      const value = cursor.parse(start, cursor.at);
      if (value === undefined) throw refusal(400, 'The body is no JSON.');
      if (value !== null) Object.assign(head, read(value));
    },
    leaf: () => false,
    flush: sink.flush,
  });
  yield* walk(body, shape, spent, {
    enter() {
      const head = heads[next++]!;
      sink.open(head);
      return head;
    },
    keep: () => undefined,
    leaf(cursor, start) {
      if (cursor.at - start > LONGEST_LEAF) {
        sink.refuse(TOO_LONG);
        return false;
      }
      const value = cursor.parse(start, cursor.at);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        sink.refuse('one is no object of JSON');
        return false;
      }
      const found = leaf(value as Fields);
      if (typeof found !== 'string') return sink.leaf(found);
      sink.refuse(found);
      return false;
    },
    flush: sink.flush,
  });
}

interface Walk {
  enter(shape: ObjectShape): Head;
  /** Of a value that ends where the cursor is. */
  keep(read: ReadFields, head: Head, cursor: Cursor, start: number): void;
  /** Likewise. True: `flush` is due. */
  leaf(cursor: Cursor, start: number): boolean;
  flush(): Steps<void>;
}

/** Members and elements between two looks at the clock, or so many times 128 bytes of points. */
const BETWEEN = 32;

function* walk(body: Buffer, root: ObjectShape, spent: () => boolean, { enter, keep, leaf, flush }: Walk): Steps<void> {
  const cursor = cursorOf(body);
  let left = BETWEEN;
  const due = () => {
    if (--left > 0) return false;
    left = BETWEEN;
    return spent();
  };

  /** Goes on behind a `,`; false behind `end`. */
  function more(end: number): boolean {
    if (cursor.peek() === COMMA) {
      cursor.at++;
      return true;
    }
    cursor.expect(end);
    return false;
  }

  function* object(shape: ObjectShape): Steps<void> {
    const head = enter(shape);
    cursor.expect(OPEN);
    if (cursor.peek() === CLOSE) {
      cursor.at++;
      return;
    }
    do {
      if (cursor.peek() !== QUOTE) cursor.expect(QUOTE);
      let start = cursor.at;
      while (!cursor.skip()) if (spent()) yield;
      const name = cursor.at - start > LONGEST_NAME ? '' : camelCase(cursor.parse(start, cursor.at));
      cursor.expect(COLON);
      const first = cursor.peek();
      const into = shape.inside.get(name);
      if (into !== undefined && first !== NULL) {
        if (into.list) yield* list(into.of);
        else if (into.of !== 'leaf') yield* object(into.of);
        continue;
      }
      start = cursor.at;
      while (!cursor.skip()) if (spent()) yield;
      const read = shape.kept.get(name);
      if (read !== undefined) keep(read, head, cursor, start);
      if (due()) yield;
    } while (more(CLOSE));
  }

  function* list(of: ObjectShape | 'leaf'): Steps<void> {
    cursor.expect(OPEN_LIST);
    if (cursor.peek() === CLOSE_LIST) {
      cursor.at++;
      return;
    }
    do {
      if (cursor.peek() !== OPEN) cursor.expect(OPEN);
      if (of === 'leaf') {
        const start = cursor.at;
        while (!cursor.skip()) if (spent()) yield;
        left -= (cursor.at - start) >> 7;
        if (leaf(cursor, start)) yield* flush();
      } else yield* object(of);
      if (due()) yield;
    } while (more(CLOSE_LIST));
  }

  yield* object(root);
  // Nothing may stand behind it.
  if (cursor.peek() !== undefined) throw refusal(400, 'Something stands behind the JSON of the body.');
}

/** The name of a field as the published layout has it (`resource_metrics`), or as JSON has it. */
function camelCase(name: unknown): string {
  return typeof name !== 'string' ? '' : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
