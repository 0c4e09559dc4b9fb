import type { MetricType } from '../../src/plugin.ts';
import { SET } from '../../src/protocol/codes.ts';
import type { RejectReason } from '../../src/protocol/reasons.ts';
import { createScanner, type NativeDialect, type Scan } from '../../src/protocol/scan.ts';
import { metricTypes } from '../../src/protocol/types.ts';

/** Several values of one type and weight, as plain data. */
export interface Group {
  readonly type: MetricType;
  readonly weight: number;
  readonly values?: readonly number[];
  /** Of gauges: which values are signed deltas. Left out when none is. */
  readonly deltas?: readonly boolean[];
  readonly members?: readonly string[];
}

/** What a line says: name and tag section as sent. */
export interface Line {
  readonly name: string;
  readonly tags: string;
  /** Left out without one. */
  readonly timestamp?: number;
  readonly groups: readonly Group[];
}

type Encoding = 'utf8' | 'latin1';

/** What `scan` holds, as plain data. */
export function plainLine(scan: Scan, bytes: Uint8Array, encoding: Encoding): Line {
  const text = (start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString(encoding);
  const groups: Group[] = [];
  let first = 0;
  for (let group = 0; group < scan.groupCount; group++) {
    const type = scan.groupType[group]!;
    const end = scan.groupEnd[group]!;
    const base = { type: metricTypes[type]!, weight: scan.groupWeight[group]! };
    if (type === SET) {
      const members = Array.from(scan.memberStart.subarray(first, end), (start, index) =>
        text(start, scan.memberEnd[first + index]!),
      );
      groups.push({ ...base, members });
    } else {
      const deltas = Array.from(scan.isDelta.subarray(first, end), (flag) => flag === 1);
      const values = Array.from(scan.value.subarray(first, end));
      groups.push({ ...base, values, ...(deltas.includes(true) ? { deltas } : {}) });
    }
    first = end;
  }
  const { timestamp } = scan;
  return {
    name: text(scan.nameStart, scan.nameEnd),
    tags: text(scan.tagStart, scan.tagEnd),
    groups,
    ...(timestamp === 0 ? {} : { timestamp }),
  };
}

export interface LineReader {
  /**
   * Scans `line` where it lies between `before` and `after`, as in a buffer that held something else a moment ago.
   * Gives what it says, or why it is rejected.
   */
  read(line: string, dialect: NativeDialect, around?: { before: string; after: string }): Line | RejectReason;
}

/** Many lines, one scanner: what a line leaves behind would show in the next one. */
export function lineReader(lineLength: number, encoding: Encoding): LineReader {
  const scanner = createScanner(lineLength);
  return {
    read(line, dialect, { before, after } = { before: '', after: '' }) {
      const parts = [before, line, after].map((part) => Buffer.from(part, encoding));
      const bytes = Buffer.concat(parts);
      const start = parts[0]!.length;
      const reason = scanner.read(bytes, start, start + parts[1]!.length, dialect);
      return reason ?? plainLine(scanner.scan, bytes, encoding);
    },
  };
}
