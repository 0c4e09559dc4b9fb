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

/**
 * A bound or a quantile as the value of a label: as OpenMetrics and Prometheus 3 have it, whatever the page of a scrape says: `1.0`, `0.005`,
 * `1e+06`, `+Inf`.
 */
export function boundText(bound: number): string {
  if (!Number.isFinite(bound)) return bound > 0 ? '+Inf' : bound < 0 ? '-Inf' : 'NaN';
  const [digits = '', power = '0'] = bound.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = String(bound);
  return text.includes('.') ? text : `${text}.0`;
}

/** `name:value` in two. */
export function splitPair(pair: string): [name: string, value: string] {
  const colon = pair.indexOf(':');
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}
