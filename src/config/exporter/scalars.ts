/** A number as Go reads one of YAML: `1_000`, `0x10`, `0b11`, `0o17`, `.5`, `.inf`. Undefined for what is none. */
export function numberOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  if (/^[+-]?\.(inf|Inf|INF)$/.test(plain))
    return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = plain.replace(/^[+-]/, '');
  if (/^0[xX][\da-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$/.test(digits)) return sign * Number(digits.toLowerCase());
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  if (!/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits)) return undefined;
  return sign * Number(digits);
}

const TRUE = /^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;

/** As YAML 1.1 has them. */
export function booleanOf(text: string): boolean | undefined {
  if (TRUE.test(text)) return true;
  return FALSE.test(text) ? false : undefined;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** A duration of Go (`1h30m`, `1.5s`), in milliseconds. A number without a unit is one of nanoseconds, of which only 0 is meant. */
export function durationOf(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = text.replace(/^[+-]/, '');
  if (/^\d+$/.test(rest)) return sign * Number(rest) * 1e-6;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let sum = 0;
  for (const [, number, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g))
    sum += Number(number) * UNITS.get(unit!)!;
  return sign * sum;
}
