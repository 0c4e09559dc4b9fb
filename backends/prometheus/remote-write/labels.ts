/** A label beside those of the series. `wins`: it stands in place of one of the series of the same name. */
export interface FurtherLabel {
  readonly name: string;
  readonly value: string;
  readonly wins: boolean;
}

/** In the order in which labels are sent. */
export function sortedLabels(labels: readonly FurtherLabel[]): readonly FurtherLabel[] {
  return [...labels].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/**
 * The labels of a series, names and values in turn, in the order of their names. `pairs` are `name:value`, and like `further` in
 * order, each name once. They are written into `into`, which is given back.
 */
export function mergedLabels(pairs: readonly string[], further: readonly FurtherLabel[], into: string[]): string[] {
  into.length = 0;
  let at = 0;
  for (const pair of pairs) {
    const [name, value] = splitPair(pair);
    let replaced = false;
    for (; at < further.length && further[at]!.name <= name; at++) {
      const label = further[at]!;
      const equal = label.name === name;
      if (equal && !label.wins) continue;
      into.push(label.name, label.value);
      replaced ||= equal;
    }
    if (!replaced) into.push(name, value);
  }
  for (; at < further.length; at++) into.push(further[at]!.name, further[at]!.value);
  return into;
}

/** `name:value` in two. */
export function splitPair(pair: string): [name: string, value: string] {
  const colon = pair.indexOf(':');
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}
