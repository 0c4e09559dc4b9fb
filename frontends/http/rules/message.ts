import type { JsonObject } from '../records/record.ts';
import type { Message } from './fields.ts';
import { objectIn } from './json-fields.ts';
import { LONGEST_LINE } from './rule-set.ts';

/** The record that rules read, of a body. What one of them needed is there for the others. */
export interface LoadedMessage extends Message {
  load(body: string): void;
  next(place: { readonly start: number; readonly end: number; readonly fields: JsonObject | undefined }): void;
}

export function createMessage(): LoadedMessage {
  let body = '';
  let start = 0;
  let end = 0;
  let fields: JsonObject | undefined;
  let decoded: string | undefined;
  let object: JsonObject | null | undefined;

  function text(): string {
    decoded ??= decode(body.slice(start, end));
    return decoded;
  }

  return {
    load(text) {
      body = text;
      decoded = object = fields = undefined;
    },
    next(place) {
      ({ start, end, fields } = place);
      decoded = object = undefined;
    },
    get fields() {
      return fields;
    },
    text,
    json() {
      if (object === undefined) {
        // Of a record with fields the text is looked at only where it may be an object as a whole.
        const isOther = end - start > LONGEST_LINE || (fields !== undefined && body[start] !== '{');
        object = isOther ? null : (objectIn(text()) ?? null);
      }
      return object ?? undefined;
    },
  };
}

/** Characters of text whose bytes are characters. */
function decode(bytes: string): string {
  return /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}
