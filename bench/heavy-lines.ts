/**
 * Heavily tagged DogStatsD lines in the shape of the public load experiments of Datadog's own data plane: names of 1 to 200
 * bytes, 2 to 50 tags of 3 to 150 bytes, 208 counters, 66 gauges, 72 distributions, 9 sets and 1 histogram of 356 contexts, and 8 % of the
 * lines packed with 2 to 32 values. The same on every call.
 */
import { createRandom } from './lines.ts';

const CONTEXTS = 3000;
const MOST_TAGS = 50;
/** Different datagrams before they repeat, 70 MB. */
const DATAGRAMS = 10_000;
/** Bytes that the Agent reads of a datagram. */
const DATAGRAM = 8192;
const SET_MEMBERS = 500;
/** Room for a name and values beside them. */
const TAG_BYTES = 7000;

/** Letters of the types, each as often as its contexts are. */
const KINDS = ['c'.repeat(208), 'g'.repeat(66), 'd'.repeat(72), 's'.repeat(9), 'h'].join('');

export interface HeavyDatagram {
  readonly bytes: Buffer;
  readonly lines: number;
}

export function createHeavyDatagrams(): readonly HeavyDatagram[] {
  const random = createRandom(1);
  const below = (limit: number) => Math.floor(random() * limit);
  const word = (length: number) => {
    let text = '';
    for (let i = 0; i < length; i++) text += 'abcdefghijklmnopqrstuvwxyz0123456789_'[below(37)];
    return text;
  };
  const tag = () => {
    const length = 3 + below(148);
    const key = 1 + below(Math.min(20, length - 1));
    return `${word(key)}:${word(length - key - 1)}`;
  };
  const tagSection = () => {
    let text = tag();
    for (let more = 1 + below(MOST_TAGS - 1); more > 0 && text.length < TAG_BYTES; more--) text += `,${tag()}`;
    return text;
  };
  const contexts = Array.from({ length: CONTEXTS }, () => ({
    name: word(1 + below(200)),
    kind: KINDS[below(KINDS.length)]!,
    tags: tagSection(),
  }));
  const values = (of: string) => {
    if (of === 's') return `:m${below(SET_MEMBERS)}`;
    const packed = of !== 'g' && below(100) < 8;
    return Array.from({ length: packed ? 2 + below(31) : 1 }, () => `:${below(1000)}.${below(100)}`).join('');
  };
  const line = () => {
    const { name, kind: of, tags } = contexts[below(CONTEXTS)]!;
    return `${name}${values(of)}|${of}|#${tags}`;
  };
  let next = line();
  return Array.from({ length: DATAGRAMS }, () => {
    let text = next;
    let lines = 1;
    for (next = line(); text.length + 1 + next.length <= DATAGRAM; next = line()) {
      text += `\n${next}`;
      lines++;
    }
    return { bytes: Buffer.from(text), lines };
  });
}
