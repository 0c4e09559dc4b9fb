import { readFileSync } from 'node:fs';
import type { Hashing, Node } from '../../backends/graphite/hashing.ts';

interface PlacedSet {
  readonly relay: string;
  readonly hashing: Hashing;
  readonly nodes: readonly Node[];
  /** The node of each of the first paths, a digit in base 36. */
  readonly first: string;
  /** Of the digits of 10,000 paths. */
  readonly sha256: string;
  /** Of paths beyond ASCII. Empty: the relay changes them. */
  readonly beyond: string;
}

/** Each path has as many digits as copies. */
interface CopiedSet extends Omit<PlacedSet, 'beyond'> {
  readonly copies: number;
  /** Whether the hosts of copies differ. */
  readonly diverse: boolean;
}

/** What test/fixtures/carbon-relay/placements.py wrote. */
export const placements = JSON.parse(
  readFileSync(new URL('../fixtures/carbon-relay/placements.json', import.meta.url), 'utf8'),
) as { readonly paths: string; readonly sets: readonly PlacedSet[]; readonly copies: readonly CopiedSet[] };

/** As `path` of placements.py. */
export function pathAt(index: number): string {
  const tags = index % 3 === 0 ? `;env=prod;host=web-${index % 31}` : '';
  const branch = ['counters', 'gauges', 'timers'][index % 3]!;
  const number = (BigInt(index) * 2654435761n) % 2n ** 32n;
  return `stats.${branch}.app${index % 7}.request_${number.toString(16)}.${index % 2 ? 'count' : 'rate'}${tags}`;
}
