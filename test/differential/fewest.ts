/** Each try of the suite starts two daemons. */
const MOST_TRIES = 24;

/** Halves the packets for as long as a half still makes a difference; undefined when not even all of them do. */
export async function fewest(
  packets: readonly Buffer[],
  differs: (packets: readonly Buffer[]) => Promise<boolean>,
): Promise<readonly Buffer[] | undefined> {
  if (!(await differs(packets))) return undefined;
  let kept = packets;
  let tries = 1;
  for (let parts = 2; kept.length > 1 && tries < MOST_TRIES; ) {
    const size = Math.ceil(kept.length / parts);
    let smaller: readonly Buffer[] | undefined;
    for (let start = 0; start < kept.length && smaller === undefined && tries < MOST_TRIES; start += size) {
      const part = kept.slice(start, start + size);
      const rest = [...kept.slice(0, start), ...kept.slice(start + size)];
      for (const candidate of parts === 2 ? [part] : [part, rest]) {
        tries++;
        if (smaller === undefined && (await differs(candidate))) smaller = candidate;
      }
    }
    if (smaller === undefined && size === 1) break;
    parts = smaller === undefined ? Math.min(parts * 2, kept.length) : 2;
    kept = smaller ?? kept;
  }
  return kept;
}
