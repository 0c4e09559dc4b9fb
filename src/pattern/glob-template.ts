import type { Template } from './template.ts';

/**
 * Reads the templates of statsd_exporter's globs, which are not those of its regular expressions: only the number of a `*` is a reference,
 * and anything else that looks like one (`$0`, `$name`, `$$1`, a number over `stars`) is an empty text.
 */
export function parseGlobTemplate(text: string, stars: number): Template {
  const parts: Template[number][] = [];
  let at = 0;
  for (const { 0: written, 1: name = '', index } of text.matchAll(/\$\{?([A-Za-z0-9_$]+)\}?/g)) {
    if (index > at) parts.push(text.slice(at, index));
    at = index + written.length;
    const group = /^\d+$/.test(name) ? Number(name) : 0;
    if (group >= 1 && group <= stars) parts.push({ group, written });
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}
