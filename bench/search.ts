/** The highest rate, within one part in `precision`, at which `holds`; 0 when it does not even at `first`. */
export async function highestRate(
  first: number,
  precision: number,
  holds: (rate: number) => Promise<boolean>,
): Promise<number> {
  let good = 0;
  let bad = first;
  while (await holds(bad)) {
    good = bad;
    bad *= 2;
    if (bad >= first * 1024) return good;
  }
  while (good > 0 && bad - good > good / precision) {
    const middle = (good + bad) / 2;
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
