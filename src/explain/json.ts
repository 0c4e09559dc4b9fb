import type { LineExplanation } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import type { Explanation } from './explain.ts';

/** An explanation as one line of JSON, with LF: for programs. */
export function explanationJson(explanation: Explanation): string {
  return `${JSON.stringify(explanationObject(explanation))}\n`;
}

/** What that line holds. */
export function explanationObject({ line, frontends, dialect, reading }: Explanation): LineExplanation {
  return { line, frontends, dialect, ...readingOf(reading) };
}

function readingOf(reading: Explanation['reading']): object {
  switch (reading.kind) {
    case 'rejected':
    case 'dropped':
    case 'blank': {
      const { kind, ...why } = reading;
      return { outcome: kind, ...why };
    }
    case 'event':
      return { outcome: 'event', event: reading.event };
    case 'serviceCheck':
      return { outcome: 'serviceCheck', serviceCheck: reading.check };
    case 'samples':
      return {
        outcome: 'aggregated',
        ...(reading.clipped ? { clipped: true } : {}),
        series: reading.series.map(({ type, identity, amount, looksTagged, views }) => ({
          type,
          ...identity,
          ...amount,
          ...(looksTagged && { looksTagged }),
          views: views.map(({ backends, steps, result, written }) => ({
            backends,
            result: orNull(result),
            written,
            steps: steps.map(({ rule, says, result }) => ({ rule, says, result: orNull(result) })),
          })),
        })),
      };
    default: {
      const unexpected: never = reading;
      throw new Error(`no such reading of a line: ${JSON.stringify(unexpected)}`);
    }
  }
}

/** What is blocked. */
function orNull(identity: Identity | undefined): Identity | null {
  return identity ?? null;
}
