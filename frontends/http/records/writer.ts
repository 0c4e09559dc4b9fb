import { LF } from './characters.ts';
import type { LogRecord } from './record.ts';
import { WINDOW } from './scan.ts';

/** Records of many small messages, written into one buffer so that it is scanned once. */
export interface RecordWriter {
  /** True when the buffer is to be read and emptied. */
  add(record: LogRecord): boolean;
  readonly count: number;
  /** The text of all records, each with a LF behind it. It is used again after `clear`. */
  body(): Buffer;
  record(index: number): LogRecord;
  /** Where the text of a record starts in `body()`; that of the one after it starts behind its LF. */
  start(index: number): number;
  end(index: number): number;
  clear(): void;
}

/** A byte of a string of UTF-16 becomes at most three of UTF-8. */
const MOST_BYTES = 3;

export function createRecordWriter(): RecordWriter {
  let buffer = Buffer.allocUnsafeSlow(16 * 1024);
  let length = 0;
  let records: LogRecord[] = [];
  const ends: number[] = [];

  function reserve(bytes: number): void {
    if (length + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, length + bytes));
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  }

  return {
    get count() {
      return records.length;
    },
    add(record) {
      const { text } = record;
      reserve(text.length * MOST_BYTES + 1);
      length += buffer.write(text, length);
      ends[records.length] = length;
      buffer[length++] = LF;
      records.push(record);
      return length >= WINDOW;
    },
    body: () => buffer.subarray(0, length),
    record: (index) => records[index]!,
    start: (index) => (index === 0 ? 0 : ends[index - 1]! + 1),
    end: (index) => ends[index]!,
    clear() {
      records = [];
      length = 0;
      if (buffer.length > 4 * WINDOW) buffer = Buffer.allocUnsafeSlow(16 * 1024);
    },
  };
}
