/** By the unit of a metric, in UCUM as OpenTelemetry has it or as people write it: what makes milliseconds of its values. */
const TIMES: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['milliseconds', 1],
  ['s', 1e3],
  ['sec', 1e3],
  ['seconds', 1e3],
  ['min', 60e3],
  ['h', 3600e3],
  ['d', 86_400e3],
]);

/** Undefined where it is no unit of time. */
export function millisecondsIn(unit: string): number | undefined {
  return TIMES.get(unit);
}
