/** For a person: all digits before the point, and no more than six that count in numbers that have a fraction. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e15) return String(Number(value.toPrecision(6)));
  if (Number.isInteger(value)) return String(value);
  if (size >= 1e6) return String(Math.round(value));
  return String(Number(value.toPrecision(6)));
}

/** With its sign; empty when there is nothing to compare with, or no difference that could be seen. */
export function formatChange(value: number, before: number | undefined): string {
  if (before === undefined) return '';
  const text = formatNumber(value - before);
  if (text === '0' || text === 'NaN') return '';
  return value > before ? `+${text}` : text;
}
