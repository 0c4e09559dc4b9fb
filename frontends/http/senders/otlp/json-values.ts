import type { Json } from '../../records/record.ts';
import { type Attribute, type Attributes, DEEPEST, type HeadFields, MOST_ATTRIBUTES } from './model.ts';
import { objectOf } from './protobuf-values.ts';

/** An object of JSON, whose keys are whatever was sent. */
export type Fields = Readonly<Partial<Record<string, unknown>>>;

/** The value of a field, by its name in JSON or else by that of the published layout. */
export type FieldOf = (fields: Fields) => unknown;

export function field(name: string): FieldOf {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return (fields) => fields[name] ?? fields[snake];
}

/** Integers of 64 bits are numbers or text; a double may be `"NaN"`, `"Infinity"` or `"-Infinity"`. NaN for what is no number. */
export function numberOf(given: unknown): number {
  if (typeof given === 'number') return given;
  return typeof given === 'string' && given.trim() !== '' ? Number(given) : Number.NaN;
}

export function numberOr(given: unknown, otherwise: number): number {
  return given === undefined || given === null ? otherwise : numberOf(given);
}

export function optionalNumber(given: unknown): number | undefined {
  return given === undefined || given === null ? undefined : numberOf(given);
}

export function textOf(given: unknown): string {
  return typeof given === 'string' ? given : '';
}

export function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}

export function fieldsOf(given: unknown): Fields {
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as Fields) : {};
}

export function attributesOf(given: unknown, depth = 0): Attributes {
  const attributes: Attribute[] = [];
  for (const one of listOf(given)) {
    if (attributes.length >= MOST_ATTRIBUTES) break;
    const { key, value } = fieldsOf(one);
    attributes.push({ key: textOf(key), value: anyValueOf(value, depth) });
  }
  return attributes;
}

const STRING = field('stringValue');
const BOOL = field('boolValue');
const INT = field('intValue');
const DOUBLE = field('doubleValue');
const ARRAY = field('arrayValue');
const MAP = field('kvlistValue');
const BYTES = field('bytesValue');

/** `AnyValue`. What lies too deep is null. */
export function anyValueOf(given: unknown, depth = 0): Json {
  if (depth > DEEPEST) return null;
  const fields = fieldsOf(given);
  const text = STRING(fields) ?? BYTES(fields);
  if (typeof text === 'string') return text;
  const bool = BOOL(fields);
  if (bool !== undefined && bool !== null) return bool === true || bool === 'true';
  const number = INT(fields) ?? DOUBLE(fields);
  if (number !== undefined && number !== null) return numberOf(number);
  const list = ARRAY(fields);
  if (list !== undefined) return listOf(fieldsOf(list).values).map((value) => anyValueOf(value, depth + 1));
  const map = MAP(fields);
  return map === undefined ? null : objectOf(attributesOf(fieldsOf(map).values, depth + 1));
}

/** For the heads of a walk. */
export function resourceOf(value: unknown): HeadFields {
  return { attributes: attributesOf(fieldsOf(value).attributes) };
}

export function scopeOf(value: unknown): HeadFields {
  const { name, version, attributes } = fieldsOf(value);
  return { name: textOf(name), version: textOf(version), attributes: attributesOf(attributes) };
}
