import type { Field, Part } from './node.ts';

/** What is wrong with a file, or only strange about it. */
export interface Remark {
  readonly line: number;
  readonly says: string;
}

/** Collects remarks, and reads parts of a file with them. What is wrong is told, and read as if it were not there. */
export interface Reader {
  readonly faults: readonly Remark[];
  readonly warnings: readonly Remark[];
  fault(line: number, says: string): void;
  warn(line: number, says: string): void;
  /** The fields of a map; undefined where it is none. */
  map(part: Part | undefined, what: string): ReadonlyMap<string, Field> | undefined;
  list(field: Field | undefined, what: string): readonly Part[] | undefined;
  /** As written: a `null` is an empty text. */
  text(field: Field | undefined, what: string): string | undefined;
  oneOf<Word extends string>(
    field: Field | undefined,
    what: string,
    words: ReadonlyMap<string, Word>,
  ): Word | undefined;
  /** What `read` makes of a text; `allowed` is what it would have been good for. */
  value<Value>(
    field: Field | undefined,
    what: string,
    read: (text: string) => Value | undefined,
    allowed: string,
  ): Value | undefined;
  /** Warns of the fields that nobody asked for. */
  onlyKnown(fields: ReadonlyMap<string, Field>, known: readonly string[], where: string): void;
}

const LONGEST_QUOTE = 64;

export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

const KINDS: Readonly<Record<Part['kind'], string>> = {
  text: 'a text',
  null: 'nothing',
  list: 'a list',
  map: 'a map',
};

function shown(part: Part): string {
  return part.kind === 'text' ? quoted(part.text) : KINDS[part.kind];
}

export function createReader(): Reader {
  const faults: Remark[] = [];
  const warnings: Remark[] = [];
  const fault = (line: number, says: string) => void faults.push({ line, says });
  const warn = (line: number, says: string) => void warnings.push({ line, says });

  function text(field: Field | undefined, what: string): string | undefined {
    if (field === undefined) return undefined;
    const { value } = field;
    if (value.kind === 'text') return value.text;
    if (value.kind === 'null') return '';
    fault(field.line, `"${what}" is ${shown(value)}; it must be a text`);
    return undefined;
  }

  return {
    faults,
    warnings,
    fault,
    warn,
    text,
    map(part, what) {
      if (part === undefined || part.kind === 'null') return undefined;
      if (part.kind === 'map') return part.fields;
      fault(part.line, `${what} is ${shown(part)}; it must be a map of keys and values`);
      return undefined;
    },
    list(field, what) {
      if (field === undefined || field.value.kind === 'null') return undefined;
      if (field.value.kind === 'list') return field.value.items;
      fault(field.line, `"${what}" is ${shown(field.value)}; it must be a list`);
      return undefined;
    },
    oneOf(field, what, words) {
      const given = text(field, what);
      if (given === undefined || given === '') return undefined;
      const word = words.get(given);
      if (word === undefined) {
        const allowed = [...words.keys()].map((one) => `"${one}"`).join(', ');
        fault(field!.line, `"${what}" is ${quoted(given)}; it must be one of ${allowed}`);
      }
      return word;
    },
    value(field, what, read, allowed) {
      if (field === undefined || field.value.kind === 'null') return undefined;
      const { value } = field;
      const result = value.kind === 'text' ? read(value.text) : undefined;
      if (result === undefined) fault(field.line, `"${what}" is ${shown(value)}; it must be ${allowed}`);
      return result;
    },
    onlyKnown(fields, known, where) {
      for (const [key, { line }] of fields) {
        if (known.includes(key)) continue;
        const meant = known.find((one) => one.toLowerCase() === key.toLowerCase());
        const hint = meant === undefined ? 'it is ignored' : `it is ignored; "${meant}" is meant`;
        warn(line, `unknown key ${quoted(key)} in ${where}: ${hint}`);
      }
    },
  };
}
