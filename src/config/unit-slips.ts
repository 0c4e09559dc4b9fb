/** What `text` was most likely meant to be, quoted as it would be written; undefined when that is not known. */
export function meantDuration(text: string): string | undefined {
  const { digits, unit } = parts(text);
  if (digits === undefined || unit === undefined) return undefined;
  if (unit === '') return `"${digits}s" for seconds, or ${digits} without quotes for milliseconds`;
  const known = durations.get(unit.toLowerCase());
  if (known !== undefined) return `"${digits}${known}"`;
  return /^d(?:ays?)?$/i.test(unit) ? `"${Number(digits) * 24}h"` : undefined;
}

/** As {@link meantDuration}, of a size. */
export function meantBytes(text: string): string | undefined {
  const { digits, unit } = parts(text);
  const [, prefix, binary] = /^([kmg])(i?)b?(?:ytes?)?$/i.exec(unit ?? '') ?? [];
  if (digits === undefined) return undefined;
  if (/^(?:k|[KMG]i|[MG])B$/.test(unit ?? '')) return `"${digits}${unit}"`;
  if (prefix === undefined) return /^(?:b|bytes?)$/i.test(unit ?? '') ? `"${digits}B"` : undefined;
  const large = prefix.toUpperCase();
  if (binary !== '') return `"${digits}${large}iB"`;
  return `"${digits}${large === 'K' ? 'k' : large}B" or "${digits}${large}iB"`;
}

function parts(text: string): { readonly digits?: string | undefined; readonly unit?: string | undefined } {
  const [, digits, unit] = /^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]{0,12})\s*$/i.exec(text) ?? [];
  return { digits, unit };
}

const words: readonly (readonly [unit: string, spellings: string])[] = [
  ['ms', 'ms msec msecs millis millisecond milliseconds'],
  ['s', 's sec secs second seconds'],
  ['m', 'm min mins minute minutes'],
  ['h', 'h hr hrs hour hours'],
];

const durations: ReadonlyMap<string, string> = new Map(
  words.flatMap(([unit, spellings]) => spellings.split(' ').map((spelling) => [spelling, unit] as const)),
);
