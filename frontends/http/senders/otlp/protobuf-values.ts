import type { ProtobufReader } from '../../protobuf.ts';
import type { Json } from '../../records/record.ts';
import { type Attribute, type Attributes, DEEPEST, type HeadFields, MOST_ATTRIBUTES } from './model.ts';

/** `Resource`. */
export function readResource(reader: ProtobufReader): HeadFields {
  const end = reader.end();
  const attributes: Attribute[] = [];
  while (reader.next(end)) {
    if (reader.field === 1) addAttribute(reader, attributes);
    else reader.skip();
  }
  return { attributes };
}

/** `InstrumentationScope`. */
export function readScope(reader: ProtobufReader): HeadFields {
  const end = reader.end();
  const attributes: Attribute[] = [];
  let [name, version] = ['', ''];
  while (reader.next(end)) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) version = reader.string();
    else if (reader.field === 3) addAttribute(reader, attributes);
    else reader.skip();
  }
  return { name, version, attributes };
}

/** A `KeyValue` of a list. */
export function addAttribute(reader: ProtobufReader, attributes: Attribute[], depth = 0): void {
  if (attributes.length >= MOST_ATTRIBUTES) {
    reader.skip();
    return;
  }
  const end = reader.end();
  let key = '';
  let value: Json = null;
  while (reader.next(end)) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = anyValue(reader, depth);
    else reader.skip();
  }
  attributes.push({ key, value });
}

/** `AnyValue`: text for bytes is base64, as in JSON. What lies too deep is null. */
export function anyValue(reader: ProtobufReader, depth = 0): Json {
  if (depth > DEEPEST) {
    reader.skip();
    return null;
  }
  const end = reader.end();
  let value: Json = null;
  while (reader.next(end)) {
    switch (reader.field) {
      case 1:
        value = reader.string();
        break;
      case 2:
        value = reader.uint32() !== 0;
        break;
      case 3:
        value = reader.int64();
        break;
      case 4:
        value = reader.double();
        break;
      case 5:
        value = listOf(reader, depth);
        break;
      case 6:
        value = mapOf(reader, depth);
        break;
      case 7:
        value = reader.bytes().toString('base64');
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

function listOf(reader: ProtobufReader, depth: number): Json {
  const end = reader.end();
  const values: Json[] = [];
  while (reader.next(end)) {
    if (reader.field === 1) values.push(anyValue(reader, depth + 1));
    else reader.skip();
  }
  return values;
}

function mapOf(reader: ProtobufReader, depth: number): Json {
  const end = reader.end();
  const entries: Attribute[] = [];
  while (reader.next(end)) {
    if (reader.field === 1) addAttribute(reader, entries, depth + 1);
    else reader.skip();
  }
  return objectOf(entries);
}

/** Without a prototype, so that no key is special. */
export function objectOf(entries: Attributes): Json {
  const object: { [key: string]: Json } = Object.create(null);
  for (const { key, value } of entries) object[key] = value;
  return object;
}
