/** A sketch as the intake reads it. */
export interface ReceivedSketch {
  readonly metric: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly dogSketches: readonly ReceivedDogSketch[];
}

export interface ReceivedDogSketch {
  readonly timestamp: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly average: number;
  readonly sum: number;
  readonly keys: readonly number[];
  readonly counts: readonly number[];
}

type Field = { readonly field: number } & (
  | { readonly wire: 'varint'; readonly value: number }
  | { readonly wire: 'double'; readonly value: number }
  | { readonly wire: 'bytes'; readonly value: Buffer }
);

/** Reads a `SketchPayload`. Written from the field list of the format alone; throws at anything else. */
export function readSketches(body: Buffer): readonly ReceivedSketch[] {
  return [...fields(body)].map((payload) => {
    if (payload.field !== 1 || payload.wire !== 'bytes') throw new Error(`payload field ${payload.field}`);
    const all = [...fields(payload.value)];
    const unknown = all.find(({ field, wire }) => ![1, 2, 4, 7].includes(field) || wire !== 'bytes');
    if (unknown !== undefined) throw new Error(`sketch field ${unknown.field}`);
    const texts = (field: number) => all.filter((one) => one.field === field).map((one) => text(one));
    return {
      metric: texts(1).join(),
      host: texts(2).join(),
      tags: texts(4),
      dogSketches: all.filter(({ field }) => field === 7).map((one) => dogSketch(bytesOf(one))),
    };
  });
}

function dogSketch(body: Buffer): ReceivedDogSketch {
  const all = new Map([...fields(body)].map((one) => [one.field, one]));
  const number = (field: number, wire: 'varint' | 'double') => {
    const one = all.get(field);
    if (one === undefined || one.wire !== wire) throw new Error(`dogsketch field ${field} is not a ${wire}`);
    return one.value;
  };
  return {
    timestamp: number(1, 'varint'),
    count: number(2, 'varint'),
    min: number(3, 'double'),
    max: number(4, 'double'),
    average: number(5, 'double'),
    sum: number(6, 'double'),
    keys: varints(bytesOf(all.get(7))).map((raw) => (raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2)),
    counts: varints(bytesOf(all.get(8))),
  };
}

function bytesOf(field: Field | undefined): Buffer {
  if (field?.wire !== 'bytes') throw new Error(`field ${field?.field} is not length-delimited`);
  return field.value;
}

function text(field: Field): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(field));
}

function varints(body: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < body.length; ) {
    const [value, end] = varint(body, at);
    numbers.push(value);
    at = end;
  }
  return numbers;
}

function varint(body: Buffer, start: number): [value: number, end: number] {
  let value = 0n;
  for (let at = start, shift = 0n; at < start + 10; at++, shift += 7n) {
    const byte = body[at];
    if (byte === undefined) throw new Error(`varint at ${start} is cut off`);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [Number(value), at + 1];
  }
  throw new Error(`varint at ${start} is too long`);
}

function* fields(body: Buffer): Generator<Field> {
  for (let at = 0; at < body.length; ) {
    const [key, afterKey] = varint(body, at);
    const field = key >>> 3;
    at = afterKey;
    switch (key & 7) {
      case 0: {
        const [value, end] = varint(body, at);
        yield { field, wire: 'varint', value };
        at = end;
        break;
      }
      case 1:
        yield { field, wire: 'double', value: body.readDoubleLE(at) };
        at += 8;
        break;
      case 2: {
        const [length, start] = varint(body, at);
        if (start + length > body.length) throw new Error(`field ${field} at ${at} is cut off`);
        yield { field, wire: 'bytes', value: body.subarray(start, start + length) };
        at = start + length;
        break;
      }
      default:
        throw new Error(`wire type ${key & 7} at ${at}`);
    }
  }
}
