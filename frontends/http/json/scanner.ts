/** Finds where a JSON value ends, byte by byte and in as many turns as are wanted. It looks only as closely as that needs. */
export interface Scanner {
  /** Where it is: behind the value once `run` gave `done`, at the byte that cannot stand there once it gave `broken`. */
  readonly at: number;
  /** Commas, colons, lists and objects of the value so far: what there is to make of it. */
  readonly parts: number;
  begin(start: number): void;
  /** `more`: the value does not end before `limit`, which is at most the length of the body. */
  run(limit: number): 'done' | 'more' | 'broken';
}

/** Lists and objects in each other. No log needs more, and readers of fields need not fear for their stack. */
export const DEEPEST = 128;

export const LF = 0x0a;
export const CR = 0x0d;
export const TAB = 0x09;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** 1 for bytes of numbers, `true`, `false` and `null`. */
const WORD = new Uint8Array(256);
for (const character of '0123456789+-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_') {
  WORD[character.charCodeAt(0)] = 1;
}

export function createScanner(bytes: Uint8Array): Scanner {
  const containers = new Uint8Array(DEEPEST);
  let at = 0;
  let depth = 0;
  let parts = 0;
  let inText = false;
  let inWord = false;
  /** The last byte outside of texts that is no blank; a quote for a text. */
  let last = COLON;

  /** Whether a value may follow `last`: what was cut off inside of a list or an object is known at the next one by this. */
  function fits(): boolean {
    return last === COLON || last === COMMA || last === OPEN_BRACKET;
  }

  function text(limit: number): 'done' | 'more' | 'broken' {
    for (; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        inText = false;
        at++;
        return 'done';
      }
      // No text goes on behind the end of a line: what was cut off inside of one costs nothing that follows.
      if (byte < SPACE) return 'broken';
      if (byte === BACKSLASH) {
        if (at + 1 >= limit) return limit === bytes.length ? 'broken' : 'more';
        at++;
        if (bytes[at]! < SPACE) return 'broken';
      }
    }
    return 'more';
  }

  return {
    get at() {
      return at;
    },
    get parts() {
      return parts;
    },
    begin(start) {
      at = start;
      depth = parts = 0;
      inText = inWord = false;
      last = COLON;
    },
    run(limit) {
      if (inWord) return word(limit);
      if (inText) {
        const state = text(limit);
        if (state !== 'done' || depth === 0) return state;
      }
      while (at < limit) {
        const byte = bytes[at]!;
        switch (byte) {
          case QUOTE: {
            if (!fits() && last !== OPEN_BRACE) return 'broken';
            last = QUOTE;
            inText = true;
            at++;
            const state = text(limit);
            if (state !== 'done' || depth === 0) return state;
            continue;
          }
          case OPEN_BRACE:
          case OPEN_BRACKET:
            if (depth === DEEPEST || !fits() || (last === COMMA && containers[depth - 1] === OPEN_BRACE))
              return 'broken';
            containers[depth++] = last = byte;
            parts++;
            break;
          case CLOSE_BRACE:
          case CLOSE_BRACKET:
            // The closing one is the opening one and two, in ASCII.
            if (depth === 0 || containers[depth - 1]! + 2 !== byte) return 'broken';
            last = byte;
            if (--depth > 0) break;
            at++;
            return 'done';
          case COMMA:
          case COLON:
            if (depth === 0) return 'broken';
            last = byte;
            parts++;
            break;
          case SPACE:
          case LF:
          case CR:
          case TAB:
            break;
          default:
            if (WORD[byte] === 0 || (depth === 0 && last !== COLON)) return 'broken';
            if (depth === 0) return word(limit);
            last = byte;
        }
        at++;
      }
      return 'more';
    },
  };

  /** A value that is neither a text nor a list or object, and ends where something else begins. */
  function word(limit: number): 'done' | 'more' {
    while (at < limit && WORD[bytes[at]!] === 1) at++;
    inWord = at === limit && limit < bytes.length;
    return inWord ? 'more' : 'done';
  }
}
