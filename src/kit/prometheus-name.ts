/**
 * A metric name or label name that Prometheus takes: every character but ASCII letters, digits and `_` becomes `_`, a run
 * of dashes becomes one, a leading digit gets a `_` before it. The rules of statsd_exporter, so that names stay the same.
 */
export function escapeName(name: string): string {
  const escaped = replaceCharacters(name);
  return /^[A-Za-z_]/.test(escaped) ? escaped : `_${escaped}`;
}

/** Likewise, whatever it begins with: something may be put before it. */
function replaceCharacters(name: string): string {
  // Most names have nothing but dots to escape: a third of the time.
  if (/^[\w.]*$/.test(name)) return name.includes('.') ? name.replaceAll('.', '_') : name;
  return name.replace(/-+|\W/gu, '_');
}
