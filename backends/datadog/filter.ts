import { cleanBeginning } from './naming.ts';

/** Which metrics go to a destination, by how their names begin. */
export interface Filter {
  /** Absent: all. */
  readonly include?: readonly string[] | undefined;
  /** Absent: none is left out. */
  readonly exclude?: readonly string[] | undefined;
}

/** A bit of a number for each. */
export const MOST_DESTINATIONS = 30;

/**
 * Gives the destinations that a metric goes to, a bit for each in their order; undefined for all of them. Undefined in place of the function
 * where no destination leaves anything out. A destination takes what any of its filters takes. Names are as Datadog has them; beginnings may
 * be as they were sent.
 */
export function destinationsOf(
  destinations: readonly (readonly Filter[])[],
): ((name: string) => number | undefined) | undefined {
  const takesAll = ({ include, exclude = [] }: Filter) => include === undefined && exclude.length === 0;
  if (destinations.every((filters) => filters.some(takesAll))) return undefined;
  const cleaned = destinations.map((filters) => filters.map(cleanedFilter));
  const all = 2 ** destinations.length - 1;
  return (name) => {
    let bits = 0;
    for (const [index, filters] of cleaned.entries()) {
      if (filters.some((filter) => takes(filter, name))) bits |= 1 << index;
    }
    return bits === all ? undefined : bits;
  };
}

function cleanedFilter({ include, exclude }: Filter): Filter {
  return { include: include?.map(cleanBeginning), exclude: exclude?.map(cleanBeginning) };
}

function takes({ include, exclude = [] }: Filter, name: string): boolean {
  const begins = (beginning: string) => name.startsWith(beginning);
  return (include === undefined || include.some(begins)) && !exclude.some(begins);
}
