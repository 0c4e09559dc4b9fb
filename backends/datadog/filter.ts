/** Which metrics go to a destination, by how their names begin. */
export interface Filter {
  /** Absent: all. */
  readonly include?: readonly string[] | undefined;
  /** Absent: none is left out. */
  readonly exclude?: readonly string[] | undefined;
}

/**
 * Gives the destinations that a metric goes to, a bit for each in their order; undefined for all of them. Undefined in place of the function
 * where no destination leaves anything out.
 */
export function destinationsOf(filters: readonly Filter[]): ((name: string) => number | undefined) | undefined {
  if (filters.every(({ include, exclude = [] }) => include === undefined && exclude.length === 0)) return undefined;
  const all = 2 ** filters.length - 1;
  return (name) => {
    let bits = 0;
    for (const [index, filter] of filters.entries()) if (takes(filter, name)) bits |= 1 << index;
    return bits === all ? undefined : bits;
  };
}

function takes({ include, exclude = [] }: Filter, name: string): boolean {
  const begins = (beginning: string) => name.startsWith(beginning);
  return (include === undefined || include.some(begins)) && !exclude.some(begins);
}
