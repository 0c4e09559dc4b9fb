import { type Scan, valueEnd } from '../records/scan.ts';
import type { Output } from './output.ts';
import { isDyno } from './processes.ts';
import type { Change, Profile } from './profiles/profile.ts';
import { codeAt, createRequest, readRequest } from './router.ts';

/** Reads what Heroku's platform says of its own. Positions are those of MSG and of PROCID in the loaded body. */
export interface PlatformReader {
  /** A line of the router. */
  router(start: number, end: number): void;
  /**
   * `Error R14 (…)`, `Error L10 (…): … messages dropped …`, `State changed from starting to up`. False when the message is none of them.
   */
  event(start: number, end: number, procStart: number, procEnd: number): boolean;
  /** Counts the lines that a loss notice tells of, and nothing else. */
  notice(start: number, end: number): void;
}

const ERROR = 'Error ';
const CHANGE = 'State changed from ';
const LONGEST_NOTICE = 300;

export function createPlatformReader(scan: Scan, output: Output, profile: Profile): PlatformReader {
  const request = createRequest();
  const { tally } = output;

  function notice(start: number, end: number): void {
    if (!scan.text.startsWith('Error L', start)) return;
    const lost = LOST.exec(scan.text.slice(start, Math.min(end, start + LONGEST_NOTICE)));
    tally.lostLines += Number(lost?.[1] ?? lost?.[2] ?? 0);
  }

  return {
    router(start, end) {
      if (readRequest(scan, start, end, request)) output.found += profile.routed(output.origin, scan, request);
      else if (scan.quote.next(start) < end) tally.cutLines++;
    },
    event(start, end, procStart, procEnd) {
      const { text } = scan;
      if (text.startsWith(ERROR, start)) {
        const code = codeAt(text, start + ERROR.length, end);
        if (code === undefined) return false;
        output.found += profile.failed(output.origin, scan, code, procStart, procEnd);
        notice(start, end);
        return true;
      }
      if (!text.startsWith(CHANGE, start) || !isDyno(scan.bytes, procStart, procEnd)) return false;
      const change = changeOf(text.slice(start, valueEnd(scan.bytes, start + CHANGE.length, end) + LONGEST_CHANGE));
      if (change === undefined) return false;
      output.found += profile.changed(output.origin, scan, change, procStart, procEnd);
      return true;
    },
    notice,
  };
}

/**
 * `L10 (output buffer overflow): 37 messages dropped since …`, `L10 (…): drain 'd.…' dropped 7 messages`,
 * `L12: 3 messages dropped since …`, `L13: 12 messages lost since …`.
 */
const LOST = /: (\d{1,9}) messages (?:dropped|lost) since | dropped (\d{1,9}) messages/;

/** Characters: ` to ` and a state. */
const LONGEST_CHANGE = 32;

function changeOf(text: string): Change | undefined {
  const [, from, to] = /^State changed from ([a-z]{1,20}) to ([a-z]{1,20})(?![A-Za-z])/.exec(text) ?? [];
  return from === undefined || to === undefined ? undefined : { from, to };
}
