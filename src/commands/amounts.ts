/** `12,300`; with one decimal under 10 where it is no whole number. */
export function amount(value: number): string {
  if (value > 0 && value < 10 && !Number.isInteger(value)) return value < 0.05 ? '<0.1' : value.toFixed(1);
  return Math.round(value).toLocaleString('en-US');
}

const steps: readonly (readonly [size: number, unit: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e5, 'k'],
];

/** In at most seven columns: `99,999`, `123k`, `4.2M`. */
export function short(value: number): string {
  for (const [size, unit] of steps) {
    if (value < size) continue;
    const scaled = unit === 'k' ? value / 1e3 : value / size;
    return `${scaled >= 100 ? Math.floor(scaled) : scaled.toFixed(1)}${unit}`;
  }
  return amount(value);
}

export function bytes(value: number): string {
  return value >= 1024 ** 3 ? `${(value / 1024 ** 3).toFixed(1)} GiB` : `${Math.round(value / 1024 ** 2)} MiB`;
}

/** `3s`, `12m`, `5h 3m`, `2d 4h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** Of counts by reason. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
