/**
 * `text`: carbon's plaintext protocol, a line for each point. `pickle`: messages of carbon's pickle receiver, a list of
 * points in protocol 0 of Python's `pickle`, the one that the original StatsD writes.
 */
export type Protocol = 'text' | 'pickle';

/** Points that are sent in one piece. */
export interface Message {
  /** Which of the nodes it is for; 0 where there is no choice. */
  readonly node: number;
  readonly bytes: Uint8Array;
  /** Of the series whose first point is in it. */
  readonly names: readonly string[];
  /** How many of them are in no other message. */
  readonly firsts: number;
}

/** No message, but a place to let other work in. */
export const PAUSE: Message = { node: 0, bytes: new Uint8Array(0), names: [], firsts: 0 };

/** Points after which there is a pause where no message is full yet: some 4 ms. One of pickle holds three times as many. */
const STRIDE = 4096;

/** The same where a node is looked for: that takes as long as the point itself. */
const PLACED_STRIDE = 2048;

/** Among how many nodes points are divided, and how. */
interface Division {
  readonly nodes: number;
  /** The nodes of a path, each below `nodes` and once; one or more. */
  readonly place: (path: string) => readonly number[];
}

/** Collects points into messages for the wire. */
export interface Packer {
  /** The points that follow are those of the series or key `name`; undefined: of none. */
  begin(name: string | undefined): void;
  /** `path` has no blanks and no control characters, `value` is finite, `seconds` whole Unix seconds. */
  add(path: string, value: number, seconds: number): void;
  /** The messages that have become complete since they were last taken, or {@link PAUSE} when there should be one. */
  take(): readonly Message[];
  /** As `take`, with what was added last. */
  finish(): readonly Message[];
  /** What was taken, as the original counts its payload: characters of text, bytes of pickle. A point for two nodes is two. */
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

export function createPacker(protocol: Protocol, division?: Division): Packer {
  const format = FORMATS[protocol];
  const { nodes = 1, place = () => ONLY } = division ?? {};
  const stride = division === undefined ? STRIDE : PLACED_STRIDE;
  const bodies = Array.from({ length: nodes }, () => '');
  const names = bodies.map((): string[] => []);
  const firsts = bodies.map(() => 0);
  let beginning: string | undefined;
  let length = 0;
  let complete: Message[] = [];
  let untaken = 0;
  const close = (node: number) => {
    const body = bodies[node]!;
    if (body === '') return;
    complete.push({ node, bytes: format.message(body), names: names[node]!, firsts: firsts[node]! });
    length += format.length(body);
    bodies[node] = '';
    names[node] = [];
    firsts[node] = 0;
  };
  const put = (node: number, point: string) => {
    if (bodies[node]!.length + point.length > format.limit) close(node);
    bodies[node] += point;
    untaken++;
    if (beginning !== undefined) names[node]!.push(beginning);
  };
  const take = () => {
    if (complete.length === 0 && untaken < stride) return NOTHING;
    const messages = complete.length === 0 ? ONLY_PAUSE : complete;
    complete = [];
    untaken = 0;
    return messages;
  };
  return {
    begin(name) {
      beginning = name;
    },
    add(path, value, seconds) {
      const point = format.point(path, value, seconds);
      const places = place(path);
      for (const node of places) put(node, point);
      if (beginning !== undefined) firsts[places[0]!]!++;
      beginning = undefined;
    },
    take,
    finish() {
      for (const node of bodies.keys()) close(node);
      return take();
    },
    get length() {
      return length;
    },
  };
}

/** The only node. */
const ONLY: readonly number[] = [0];

const NOTHING: readonly Message[] = [];
const ONLY_PAUSE: readonly Message[] = [PAUSE];

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
