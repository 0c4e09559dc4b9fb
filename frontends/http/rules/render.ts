import type { FieldValue, Slots } from './fields.ts';
import type { TextMap } from './rule-set.ts';
import type { Reference, Template } from './template.ts';

/** What a template makes of the fields of a line; undefined where one is missing that has no default. */
export type Render = (values: readonly FieldValue[]) => string | undefined;

/** `maps`: those of the rule, which has all that the template names. */
export function compileTemplate(template: Template, slots: Slots, maps: ReadonlyMap<string, TextMap>): Render {
  const parts = template.map((part) => (typeof part === 'string' ? part : compileReference(part, slots, maps)));
  const [first, ...more] = parts;
  if (first === undefined) return () => '';
  if (more.length === 0) return typeof first === 'string' ? () => first : first;
  return (values) => {
    let text = '';
    for (const part of parts) {
      const piece = typeof part === 'string' ? part : part(values);
      if (piece === undefined) return undefined;
      text += piece;
    }
    return text;
  };
}

function compileReference(reference: Reference, slots: Slots, maps: ReadonlyMap<string, TextMap>): Render {
  const { field, filter, fallback } = reference;
  const slot = slots.of(field);
  const change = changeOf(reference, maps);
  if (filter === undefined) {
    return (values) => {
      const value = values[slot];
      return typeof value === 'number' ? String(value) : (value ?? fallback);
    };
  }
  return (values) => {
    const value = values[slot];
    return value === undefined ? fallback : (change(String(value)) ?? fallback);
  };
}

type Change = (text: string) => string | undefined;

function changeOf({ field, filter, map }: Reference, maps: ReadonlyMap<string, TextMap>): Change {
  switch (filter) {
    case undefined:
      return (text) => text;
    case 'lower':
      return (text) => text.toLowerCase();
    case 'class':
      return statusClass;
    case 'method':
      return (text) => (METHODS.has(text) ? text : 'other');
    case 'type':
      return (text) => text.split('.', 1)[0];
    case 'map': {
      const { values, default: preset } = maps.get(map ?? field)!;
      const table = new Map(Object.entries(values));
      return (text) => table.get(text) ?? preset;
    }
    default:
      return filter satisfies never;
  }
}

/** `2xx` of `204`; undefined for what is no status of HTTP. */
function statusClass(text: string): string | undefined {
  return /^[1-5]\d\d$/.test(text) ? `${text[0]}xx` : undefined;
}

/** Of HTTP (RFC 9110, 5789) and WebDAV (RFC 4918, 3253), as far as servers see them. A visitor may send any word. */
const METHODS: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'],
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'REPORT'],
]);
