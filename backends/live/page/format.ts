/** Numbers and times as the page writes them. Minus is U+2212, and what is not known is a dash. */
const UNKNOWN = '–';

/** All digits up to a million, with thousands apart; beyond, and below one, three digits that count. */
export function number(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  const text =
    size === 0
      ? '0'
      : size < 1e-3
        ? size.toExponential(1)
        : size < 100
          ? shortest(size, 3)
          : size < 1e6
            ? Math.round(size).toLocaleString('en-US')
            : scaled(size);
  return value < 0 ? `−${text}` : text;
}

function shortest(size: number, digits: number): string {
  return String(Number(size.toPrecision(digits)));
}

const scales = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
] as const;

function scaled(size: number): string {
  if (size >= 1e16) return size.toExponential(2);
  const [unit, letter] = scales.find(([from]) => size >= from) ?? scales[2];
  return `${(size / unit).toFixed(size / unit < 100 ? 2 : 0)} ${letter}`;
}

/** All digits: of accounts, which have to agree to the last line. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Of what is counted by the second. */
export function rate(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value > 0 && value < 10 ? value.toFixed(1) : number(Math.round(value));
}

export function bytes(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 1024) return `${Math.round(value)} B`;
  const steps = Math.min(4, Math.floor(Math.log2(value) / 10));
  const scaledValue = value / 1024 ** steps;
  return `${scaledValue.toFixed(scaledValue < 10 ? 1 : 0)} ${['', 'kB', 'MB', 'GB', 'TB'][steps]}`;
}

/** A length of time in the largest unit that it fills, and the next one for the largest. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** How long ago, in a table. */
export function ago(atMs: number | null, nowMs: number): string {
  if (atMs === null) return 'never';
  const ms = nowMs - atMs;
  return ms < 1500 ? 'now' : duration(ms);
}

/** Of the reader's day, to the second. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** `too_many_series` as words. */
export function words(reason: string): string {
  return reason.replaceAll('_', ' ');
}

export function plural(amount: number, one: string, more = `${one}s`): string {
  return `${number(amount)} ${amount === 1 ? one : more}`;
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, amount) => total + amount, 0);
}

/** `bad_name 3, no_value 1` */
export function reasons(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, amount]) => `${words(reason)} ${count(amount)}`)
    .join(', ');
}
