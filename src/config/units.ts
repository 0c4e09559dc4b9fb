const millisecondsOf: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

const bytesOf: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['kB', 1000],
  ['MB', 1000 ** 2],
  ['GB', 1000 ** 3],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/** Longest duration in milliseconds: beyond it a Node timer fires at once. About 24 days. */
export const longestDuration = 2 ** 31 - 1;

/** `"10s"`, `"1.5m"` or a number of milliseconds to whole milliseconds; undefined when it is no duration. */
export function parseDuration(input: unknown): number | undefined {
  const milliseconds = typeof input === 'string' ? withUnit(input, millisecondsOf) : input;
  return whole(milliseconds, longestDuration);
}

/** `"64MiB"`, `"4MB"`, `"8192"` or a number of bytes to whole bytes; undefined when it is no size. */
export function parseBytes(input: unknown): number | undefined {
  const bytes = typeof input === 'string' ? withUnit(input, bytesOf) : input;
  return whole(bytes, Number.MAX_SAFE_INTEGER);
}

/** The shortest text that {@link parseDuration} reads as the same number: 90000 is `90s`, 120000 is `2m`. */
export function formatDuration(milliseconds: number): string {
  return milliseconds === 0 ? '0s' : largestUnit(milliseconds, ['h', 'm', 's', 'ms'], millisecondsOf);
}

export function formatBytes(bytes: number): string {
  return largestUnit(bytes, ['GiB', 'MiB', 'KiB', 'B'], bytesOf);
}

function withUnit(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const scale = unit === undefined ? undefined : units.get(unit);
  return scale === undefined ? undefined : Number(digits) * scale;
}

function whole(value: unknown, maximum: number): number | undefined {
  if (typeof value !== 'number') return undefined;
  const rounded = Math.round(value);
  const exact = Math.abs(rounded - value) < 1e-6;
  return exact && rounded >= 0 && rounded <= maximum ? rounded : undefined;
}

function largestUnit(value: number, units: readonly string[], scales: ReadonlyMap<string, number>): string {
  for (const unit of units) {
    const count = value / (scales.get(unit) ?? 1);
    if (count >= 1 && Number.isInteger(count)) return `${count}${unit}`;
  }
  return `${value}${units.at(-1)}`;
}
