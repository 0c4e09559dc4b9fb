import type { Config, LoadedFrontend } from '../config/load.ts';
import type { TappedLine } from '../plugin.ts';
import { createLineReader, type LineReading } from './line-reader.ts';

/** What becomes of a tapped line. */
export type Verdict = Pick<TappedLine, 'outcome' | 'reason' | 'advice' | 'names'>;

/** A reader remembers names, so it is made anew after so many lines, in less than a millisecond. */
const LINES = 2000;
/** Bytes of a line that is remembered with what became of it: the same lines come again and again, and each takes 30 µs to read. */
const REMEMBERED = 512;
/** The number of a metric. Whatever number of this form is there, what becomes of the line is the same. */
const ANY_NUMBER = /(?<=^(?!_)[^:|]*:)\d{1,9}(?:\.\d{1,9})?(?=\|)/;

interface Reader {
  readonly frontend: LoadedFrontend;
  readonly settings: Config['settings'];
  readonly read: (line: Uint8Array) => LineReading;
  /** What became of lines, by their bytes but for {@link ANY_NUMBER}. */
  readonly known: Map<string, Verdict>;
  lines: number;
}

/**
 * Reads lines as the front-end does that received them. `config`: the running configuration. A series limit that is reached is not seen:
 * each line is read by itself.
 */
export function createTapReader(config: () => Pick<Config, 'settings' | 'frontends'>) {
  const readers = new Map<string, Reader>();

  function readerOf(name: string): Reader | undefined {
    const { settings, frontends } = config();
    const frontend = frontends.find((one) => one.name === name);
    const known = readers.get(name);
    if (known?.frontend === frontend && known?.settings === settings && known.lines < LINES) return known;
    readers.delete(name);
    if (frontend === undefined) return undefined;
    const made = { frontend, settings, read: createLineReader(frontend, settings), known: new Map(), lines: 0 };
    readers.set(name, made);
    return made;
  }

  /** Undefined: that front-end has gone. */
  return (frontend: string, line: Uint8Array): Verdict | undefined => {
    const reader = readerOf(frontend);
    if (reader === undefined) return undefined;
    const text =
      line.length > Math.min(REMEMBERED, reader.settings.limits.lineLength)
        ? undefined
        : Buffer.from(line).toString('latin1').replace(ANY_NUMBER, '1');
    const known = text === undefined ? undefined : reader.known.get(text);
    if (known !== undefined) return known;
    reader.lines++;
    const verdict = verdictOf(reader.read(line));
    if (text !== undefined) reader.known.set(text, verdict);
    return verdict;
  };
}

function verdictOf(reading: LineReading): Verdict {
  switch (reading.kind) {
    case 'rejected':
      return { outcome: 'rejected', reason: reading.reason, advice: reading.advice, names: [] };
    case 'dropped':
      return { outcome: 'dropped', reason: reading.reason, names: [] };
    case 'serviceCheck':
      return { outcome: 'serviceCheck', names: [reading.check.name] };
    case 'event':
    case 'blank':
      return { outcome: reading.kind, names: [] };
    case 'samples':
      return { outcome: 'aggregated', names: [...new Set(reading.series.map(({ identity }) => identity.name))] };
    default:
      return reading satisfies never;
  }
}
