/** The value of a sample in text. */
export function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/**
 * As Go writes a number with `strconv.FormatFloat(value, 'g', -1, 64)`: `1e+06`. In `le` and `quantile` it tells one
 * series from another, so it has to be what clients of Prometheus write.
 */
export function goNumber(value: number): string {
  if (!Number.isFinite(value)) return valueText(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Likewise, and never without a point or an exponent: `1.0`. The canonical numbers of OpenMetrics 1.0. */
export function canonicalNumber(value: number): string {
  const text = goNumber(value);
  return Number.isFinite(value) && !/[.e]/.test(text) ? `${text}.0` : text;
}
