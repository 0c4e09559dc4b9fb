/** A text with references to the groups of a match. */
export type Template = readonly (string | Reference)[];

/** A group by its number or its name, and the reference as it is written: `$1`, `${1}`, `$name`. */
export interface Reference {
  readonly group: number | string;
  readonly written: string;
}

/**
 * Reads `$1`, `${1}`, `$name`, `${name}` and `$$` as Go's `Regexp.Expand` does: without braces a name is as long as can be, so
 * `$1_x` is the group named `1_x`. A `$` of anything else is a `$`.
 */
export function parseTemplate(text: string): Template {
  const parts: (string | Reference)[] = [];
  let at = 0;
  for (const { 0: written, 1: braced, 2: bare, index } of text.matchAll(reference)) {
    if (index > at) parts.push(text.slice(at, index));
    at = index + written.length;
    const name = braced ?? bare;
    parts.push(name === undefined ? '$' : { group: groupOf(name), written });
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

const reference = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/** Digits alone are a number, but not with a 0 before others, nor with more than nine of them. */
function groupOf(name: string): number | string {
  return /^(?:0|[1-9]\d{0,8})$/.test(name) ? Number(name) : name;
}

/** The text of a template. `groupText` gives what a group matched, and an empty text for one that matched nothing or is not there. */
export function expand(template: Template, groupText: (group: number | string) => string): string {
  return template.map((part) => (typeof part === 'string' ? part : groupText(part.group))).join('');
}
