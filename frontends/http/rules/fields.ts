import type { Json, JsonObject } from '../records/record.ts';

/** What a line says of one field; undefined: nothing. */
export type FieldValue = string | number | undefined;

/** The fields that a rule asks for, each with a number. */
export interface Slots {
  /** The number of a field, a new one for a new field. */
  of(field: string): number;
  readonly names: readonly string[];
}

export function createSlots(): Slots {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  return {
    names,
    of(field) {
      const known = numbers.get(field);
      if (known !== undefined) return known;
      numbers.set(field, names.length);
      names.push(field);
      return names.length - 1;
    },
  };
}

/** What is known of a line beside its text: fields of every rule, whatever it parses. */
export const ORIGIN_FIELDS = ['@app', '@proc', '@severity'] as const;

/** One record, as parsers read it. */
export interface Message {
  /** Its text, read as UTF-8. */
  text(): string;
  /** The object that its text is, or that stands at the end of its text; undefined where there is none. */
  json(): JsonObject | undefined;
  readonly fields: JsonObject | undefined;
}

/** Puts what a record says of the fields into `values`, which are all undefined before. False: it is no record of the rule. */
export type Parse = (message: Message, values: FieldValue[]) => boolean;

/** What a JSON value is as a field: objects, lists and null are nothing. */
export function fieldOf(value: Json | undefined): FieldValue {
  switch (typeof value) {
    case 'string':
    case 'number':
      return value;
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}
