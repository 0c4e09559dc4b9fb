import { partsOf } from './lines.ts';

/**
 * Keeps sums comparable. statsdrain adds up each spelling of a key (`a b`, `a_b`) by itself and then the sums, the original
 * adds in order of arrival; of numbers that are not whole the last digit may differ.
 */
export interface Spellings {
  /** Whether these lines can be in the same window as those taken before; takes them if so. */
  take(lines: readonly string[]): boolean;
}

interface Seen {
  /** Undefined where there were several: from then on all must be whole. */
  readonly spelling: string | undefined;
  readonly whole: boolean;
}

export function createSpellings(): Spellings {
  // The daemon itself adds to this one too.
  let known: ReadonlyMap<string, Seen> = new Map([['statsd.bad_lines_seen', { spelling: undefined, whole: true }]]);
  return {
    take(lines) {
      const next = new Map(known);
      for (const line of lines) {
        const { key, values } = partsOf(line);
        const whole = values.every(isWhole);
        const spelling = spellingOf(line);
        const before = next.get(key);
        const same = before === undefined || before.spelling === spelling;
        if (!same && !(before.whole && whole)) return false;
        next.set(key, { spelling: same ? spelling : undefined, whole: whole && (before?.whole ?? true) });
      }
      known = next;
      return true;
    },
  };
}

function isWhole([value = '', , rate = '@1']: readonly string[]): boolean {
  const perSample = 1 / Number(/^@([\d.]+)/.exec(rate)?.[1] ?? '1');
  return (Number.isNaN(Number(value)) || Number.isSafeInteger(Number(value))) && Number.isSafeInteger(perSample);
}

let unreadable = 0;

/** Name and tags as sent. Bytes that are no UTF-8 all look alike here, while they are spellings of their own. */
function spellingOf(line: string): string {
  const [metric = '', tags = ''] = line.split('|#');
  const spelling = `${metric.split(':')[0]}|#${tags}`;
  return spelling.includes('\ufffd') ? `${spelling}${unreadable++}` : spelling;
}
