import { refusal } from './refusal.ts';

/** When the next request of a client may be read: milliseconds from now. Throws a refusal (429) where that is too far. */
export type Pace = (client: string) => number;

/** A client may be ahead of its rate by what it may send in this time, and behind by the other before it is refused. Milliseconds. */
const BURST_MS = 1000;
/** Logplex waits for an answer for five seconds, and drops after three refusals: waiting holds it back, a refusal does not. */
const LONGEST_WAIT_MS = 2000;
/** Addresses, where nobody is named. */
const MOST_CLIENTS = 10_000;

/** At most `perSecond` requests of each client, on average. */
export function createPace(perSecond: number, now: () => number = () => performance.now()): Pace {
  const interval = 1000 / perSecond;
  /** By client: when its next request would be due if all came at the same distance. */
  const due = new Map<string, number>();

  return (client) => {
    const time = now();
    const next = Math.max(time, due.get(client) ?? time);
    const wait = next - time - BURST_MS;
    if (wait > LONGEST_WAIT_MS) {
      throw refusal(429, 'This client sends more requests than "maxRate" allows; send this one again later.', {
        'retry-after': '2',
      });
    }
    // Those that send least are at the front.
    due.delete(client);
    if (due.size >= MOST_CLIENTS) for (const oldest of due.keys()) if (due.delete(oldest)) break;
    due.set(client, next + interval);
    return Math.max(0, wait);
  };
}
