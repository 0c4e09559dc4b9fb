/** Finds lines by the names that they begin with, before anything of them is made a string. */
export type LineGlob = (bytes: Uint8Array, start: number, end: number) => boolean;

const STAR = 0x2a;
const QUESTION_MARK = 0x3f;
const COLON = 0x3a;
const PIPE = 0x7c;
/** What begins tags in a name: `#` of Librato, `,` of InfluxDB, `;` of Graphite, `[` of SignalFx. */
const TAGS: ReadonlySet<number> = new Set(Buffer.from('#,;['));
const CHECK = Buffer.from('_sc|');
/** Bytes of a name that are looked at: a flood of long names costs no more. */
const NAME_BYTES = 512;

/**
 * `*` is any text, an empty one too, and `?` one character. A line fits when its name does: all before the first `:`, or that without the
 * tags in it. The name of a service check stands behind `_sc|`. No glob: all lines fit.
 */
export function createLineGlob(glob: string): LineGlob {
  if (glob === '') return () => true;
  const pattern = Buffer.from(glob);
  const literal = Buffer.from(/^[^*?]*/.exec(glob)![0]);
  const beginsOnly = glob === `${literal}*`;

  return (bytes, start, end) => {
    const from = beginsWith(CHECK, bytes, start, end) ? start + CHECK.length : start;
    if (!beginsWith(literal, bytes, from, end)) return false;
    if (beginsOnly) return true;
    const most = Math.min(end, from + NAME_BYTES);
    let tags = 0;
    let at = from;
    for (; at < most; at++) {
      const byte = bytes[at]!;
      if (byte === COLON || byte === PIPE) break;
      if (tags === 0 && TAGS.has(byte)) tags = at;
    }
    return fits(pattern, bytes, from, at) || (tags > from && fits(pattern, bytes, from, tags));
  };
}

function beginsWith(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text[at]) return false;
  return true;
}

/** Only the last `*` is ever tried again: what those before it took can stay. */
function fits(pattern: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  let place = 0;
  let at = start;
  let star = -1;
  let resume = 0;
  while (at < end) {
    const wanted = pattern[place];
    if (wanted === STAR) {
      star = place++;
      resume = at;
    } else if (wanted === QUESTION_MARK) {
      place++;
      at = afterCharacter(bytes, at, end);
    } else if (wanted === bytes[at]) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++resume;
    } else return false;
  }
  while (pattern[place] === STAR) place++;
  return place === pattern.length;
}

/** Of UTF-8. */
function afterCharacter(bytes: Uint8Array, at: number, end: number): number {
  let next = at + 1;
  while (next < end && (bytes[next]! & 0xc0) === 0x80) next++;
  return next;
}
