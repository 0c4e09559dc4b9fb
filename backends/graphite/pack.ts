/**
 * `text`: carbon's plaintext protocol, a line for each point. `pickle`: messages of carbon's pickle receiver, a list of
 * points in protocol 0 of Python's `pickle`, the one that the original StatsD writes.
 */
export type Protocol = 'text' | 'pickle';

/** No message, but a place to let other work in. */
export const PAUSE: Uint8Array = new Uint8Array(0);

/** Points after which there is a pause where no message is full yet: some 4 ms. One of pickle holds three times as many. */
const STRIDE = 4096;

/** Collects points into messages for the wire. */
export interface Packer {
  /** `path` has no blanks and no control characters, `value` is finite, `seconds` whole Unix seconds. */
  add(path: string, value: number, seconds: number): void;
  /** The messages that have become complete since they were last taken, or {@link PAUSE} when there should be one. */
  take(): readonly Uint8Array[];
  /** As `take`, with what was added last. */
  finish(): readonly Uint8Array[];
  /** What was taken, as the original counts its payload: characters of text, bytes of pickle. */
  readonly length: number;
}

interface Format {
  /** Characters of one message without its frame. */
  readonly limit: number;
  point(path: string, value: number, seconds: number): string;
  message(body: string): Uint8Array;
  /** What a message counts for `Packer.length`. */
  length(body: string): number;
}

/** Before the message: its length in four bytes. */
const HEAD = 4;
/** `(l` before the points and `.` after them. */
const LIST = 3;

const FORMATS: Readonly<Record<Protocol, Format>> = {
  text: {
    limit: 65_536,
    point: (path, value, seconds) => `${path} ${value} ${seconds}\n`,
    message: (body) => Buffer.from(body),
    length: (body) => body.length,
  },
  pickle: {
    // Carbon closes the connection at a longer one (PICKLE_RECEIVER_MAX_LENGTH). The original puts all into one message.
    limit: 2 ** 20 - LIST,
    point: (path, value, seconds) => `(${pickled(path)}(L${seconds}L\nS'${value}'\ntta`,
    message(body) {
      const bytes = Buffer.allocUnsafe(HEAD + LIST + body.length);
      bytes.writeUInt32BE(LIST + body.length);
      bytes.write(`(l${body}.`, HEAD, 'latin1');
      return bytes;
    },
    length: (body) => HEAD + LIST + body.length,
  },
};

export function createPacker(protocol: Protocol): Packer {
  const format = FORMATS[protocol];
  let body = '';
  let length = 0;
  let complete: Uint8Array[] = [];
  let untaken = 0;
  const close = () => {
    if (body === '') return;
    complete.push(format.message(body));
    length += format.length(body);
    body = '';
  };
  const take = () => {
    if (complete.length === 0 && untaken < STRIDE) return NOTHING;
    const messages = complete.length === 0 ? ONLY_PAUSE : complete;
    complete = [];
    untaken = 0;
    return messages;
  };
  return {
    add(path, value, seconds) {
      const point = format.point(path, value, seconds);
      if (body.length + point.length > format.limit) close();
      body += point;
      untaken++;
    },
    take,
    finish() {
      close();
      return take();
    },
    get length() {
      return length;
    },
  };
}

const NOTHING: readonly Uint8Array[] = [];
const ONLY_PAUSE: readonly Uint8Array[] = [PAUSE];

/** Printable ASCII that means itself between the quotes of the opcode `S`. */
const PLAIN = /^[ -&(-[\]-~]*$/;

/**
 * The string as one line of pickle. The original writes every name after the opcode `S` as it is, where a quote or a
 * backslash has a meaning of its own and Python reads nothing beyond ASCII; such a name goes after the opcode `V`
 * instead, with `\u` for whatever is special. No line end is left in either, so that a name cannot bring opcodes along.
 */
function pickled(text: string): string {
  if (PLAIN.test(text)) return `S'${text}'\n`;
  // With the flag `u` a pair of surrogates is one character, which Python must not be given as two.
  return `V${text.replace(/[^ -[\]-~]/gu, escaped)}\n`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
