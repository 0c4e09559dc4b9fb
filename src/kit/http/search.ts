/** What became of some of the items of a refused body, sent on their own. */
export type PartOutcome =
  | 'taken'
  | 'refused'
  /** Nobody knows yet: they are to be sent again. */
  | 'unknown';

export interface Found {
  /** Items that were refused alone. */
  readonly refused: readonly number[];
  /** The first item of which nothing is known; all behind it are unknown too. */
  readonly rest: number;
}

/**
 * Sends the items `[0, count)` of a body that was refused in parts, each once, so that all that is good arrives, and finds those that are
 * refused alone: none is given up that was not. Asks little: parts are as long as it is from one bad item to the next, and halved
 * where they are refused, so that of 200 bad items among 5,000 that stand together all are found with some 250 requests, and of those that lie
 * anywhere with a fifth more than the 1,211 answers without which nobody can know them. Stops where `goOn` says so, and at the first
 * part of which nothing is known.
 */
export async function searchRefused(
  count: number,
  send: (from: number, to: number) => Promise<PartOutcome>,
  goOn: () => boolean,
): Promise<Found> {
  const refused: number[] = [];
  let at = 0;
  /** One of those from `at` to here is bad, if that is further. */
  let bad = count;
  let size = count;
  let typical: number | undefined;
  let last = 0;
  while (at < count) {
    if (!goOn()) return { refused, rest: at };
    const suspects = bad - at;
    const most = suspects > 1 ? Math.ceil(suspects / 2) : count - at;
    const to = at + Math.min(suspects === 1 ? 1 : size, most);
    const outcome = await send(at, to);
    if (outcome === 'unknown') return { refused, rest: at };
    if (outcome === 'taken') {
      size = (to - at) * 2;
      at = to;
    } else if (to - at > 1) {
      bad = to;
    } else {
      refused.push(at);
      const distance = at - last + 1;
      typical = typical === undefined ? distance : Math.sqrt(typical * distance);
      size = Math.max(1, Math.round(typical));
      at = to;
      last = to;
    }
  }
  return { refused, rest: count };
}
