import { distance } from 'fastest-levenshtein';

/** The candidate that `given` was most likely meant to be; undefined when none is near. */
export function suggest(given: string, candidates: Iterable<string>): string | undefined {
  if (plain(given) === '') return undefined;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = edit(given, candidate);
    if (edits < bestDistance) [best, bestDistance] = [candidate, edits];
  }
  return bestDistance <= allowedEdits(plain(given).length) ? best : undefined;
}

/** ` did you mean "x"?` with the separator before it, or nothing. */
export function didYouMean(given: string, candidates: Iterable<string>): string {
  const candidate = suggest(given, candidates);
  return candidate === undefined ? '' : `; did you mean "${candidate}"?`;
}

function allowedEdits(length: number): number {
  if (length <= 1) return 0;
  if (length <= 3) return 1;
  return length <= 6 ? 2 : 3;
}

/** Letters alone, so that `flush_interval` is `flushInterval`. Letters in another order (`upd`) are one edit. */
function edit(given: string, candidate: string): number {
  const a = plain(given);
  const b = plain(candidate);
  const edits = distance(a, b);
  return edits > 1 && a.length === b.length && sorted(a) === sorted(b) ? 1 : edits;
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function sorted(text: string): string {
  return [...text].sort().join('');
}
