import type { Dialect } from '../config/settings.ts';
import type { DiscardReason, Intake, MetricType } from '../plugin.ts';
import { CR, DELETE, LF, SEMICOLON, UNDERSCORE } from '../protocol/bytes.ts';
import { isEvent, isServiceCheck, parseEvent, parseServiceCheck } from '../protocol/event.ts';
import { createScanner, type Scan } from '../protocol/scan.ts';
import { createLineStream } from '../protocol/stream.ts';
import { SET, type TypeCode, typeCode } from '../protocol/types.ts';
import type { LineAccount } from './account.ts';
import type { ShardCore } from './shard.ts';

/** Bytes of name, tags and member that a ready sample may have together; longer ones are over any limit. */
const SAMPLE_ROOM = 65_536;

/** A front-end's way into a shard: lines are read and added, and every one of them is accounted for. */
export function createIntake(core: ShardCore, account: LineAccount, dialect: Dialect): Intake {
  let lineLength = core.limits().lineLength;
  let scanner = createScanner(lineLength);

  function takeScanned(bytes: Uint8Array, scan: Scan): void {
    const refusal = core.add(bytes, scan, account);
    if (refusal === undefined) account.aggregated(1);
    else if ('rejected' in refusal) account.rejected(refusal.rejected, 1);
    else account.dropped(refusal.dropped, 1);
  }

  function takeEvent(bytes: Uint8Array, start: number, end: number): void {
    const event = parseEvent(bytes, start, end, Math.floor(Date.now() / 1000));
    if (event === undefined) account.rejected('bad_event', 1);
    else if (core.addEvent(event)) account.aggregated(1);
    else account.dropped('events', 1);
  }

  function takeServiceCheck(bytes: Uint8Array, start: number, end: number): void {
    const check = parseServiceCheck(bytes, start, end, Math.floor(Date.now() / 1000));
    if (check === undefined) account.rejected('bad_service_check', 1);
    else if (core.addServiceCheck(check)) account.aggregated(1);
    else account.dropped('service_checks', 1);
  }

  function takeMetric(bytes: Uint8Array, start: number, end: number): void {
    const reason = scanner.read(bytes, start, end, dialect);
    if (reason === undefined) takeScanned(bytes, scanner.scan);
    else account.rejected(reason, 1);
  }

  function takeLine(bytes: Uint8Array, start: number, end: number): void {
    account.received(1);
    if (end - start > lineLength) account.rejected('line_too_long', 1);
    else if (bytes[start] !== UNDERSCORE) takeMetric(bytes, start, end);
    else if (isEvent(bytes, start, end)) takeEvent(bytes, start, end);
    else if (isServiceCheck(bytes, start, end)) takeServiceCheck(bytes, start, end);
    else takeMetric(bytes, start, end);
  }

  /** A reload may have changed the limit. */
  function followLimits(): void {
    if (core.limits().lineLength === lineLength) return;
    lineLength = core.limits().lineLength;
    scanner = createScanner(lineLength);
  }

  /** Blank lines (nothing, or a lone CR) are no lines. */
  function takeLines(bytes: Uint8Array, start: number, end: number): void {
    followLimits();
    let lineStart = start;
    for (let position = start; position <= end; position++) {
      if (position < end && bytes[position] !== LF) continue;
      const length = position - lineStart;
      if (length > 1 || (length === 1 && bytes[lineStart] !== CR)) takeLine(bytes, lineStart, position);
      lineStart = position + 1;
    }
  }

  const sample = createSampleScan();

  function discard(reason: DiscardReason, count: number): void {
    account.received(count);
    if (reason === 'overload') account.dropped(reason, count);
    else account.rejected(reason, count);
  }

  function takeSample(type: Exclude<MetricType, 'set'>, name: string, value: number, tags: string): void {
    account.received(1);
    const reason = Number.isFinite(value) ? sample.prepare(typeCode(type), name, tags, '') : 'bad_value';
    sample.scan.value[0] = value;
    if (reason === undefined) takeScanned(sample.bytes, sample.scan);
    else account.rejected(reason, 1);
  }

  return {
    lines: (bytes, start = 0, end = bytes.length) => takeLines(bytes, start, end),
    stream() {
      followLimits();
      return createLineStream({ lines: takeLines, lineTooLong: () => discard('line_too_long', 1) }, lineLength);
    },
    sample: (type, name, value, tags = '') => takeSample(type, name, value, tags),
    series: (type, name, tags = '') => ({ add: (value) => takeSample(type, name, value, tags) }),
    member(name, member, tags = '') {
      account.received(1);
      const reason = sample.prepare(SET, name, tags, member);
      if (reason === undefined) takeScanned(sample.bytes, sample.scan);
      else account.rejected(reason, 1);
    },
    discard,
    kernelDropped: (datagrams) => account.kernelDropped(datagrams),
    count: (name, value) => account.count(name, value),
  };
}

/** Puts a ready sample into the form of a scanned line, so that both take the same way. */
function createSampleScan() {
  const bytes = new Uint8Array(SAMPLE_ROOM);
  const encoder = new TextEncoder();
  const { scan } = createScanner(2);
  scan.groupCount = 1;
  scan.groupWeight[0] = 1;
  scan.groupEnd[0] = 1;

  /** Writes `text` at `at`; gives where it ends, or -1 where there is no room. */
  function write(text: string, at: number): number {
    const length = text.length;
    if (at + length > SAMPLE_ROOM) return -1;
    for (let position = 0; position < length; position++) {
      const code = text.charCodeAt(position);
      if (code > 0x7f) {
        const { read, written } = encoder.encodeInto(text, bytes.subarray(at));
        return read === length ? at + written : -1;
      }
      bytes[at + position] = code;
    }
    return at + length;
  }

  return {
    bytes,
    scan,
    prepare(type: TypeCode, name: string, tags: string, member: string) {
      const nameEnd = write(name, 0);
      if (nameEnd < 0) return 'name_too_long';
      if (nameEnd === 0 || bytes[0] === SEMICOLON) return 'empty_name';
      for (let position = 0; position < nameEnd; position++) {
        if (bytes[position]! < 0x20 || bytes[position] === DELETE) return 'bad_name';
      }
      const tagEnd = write(tags, nameEnd);
      if (tagEnd < 0) return 'too_many_tags';
      const memberEnd = write(member, tagEnd);
      if (memberEnd < 0) return 'bad_value';
      scan.groupType[0] = type;
      scan.nameStart = 0;
      scan.nameEnd = nameEnd;
      scan.tagStart = nameEnd;
      scan.tagEnd = tagEnd;
      scan.memberStart[0] = tagEnd;
      scan.memberEnd[0] = memberEnd;
      return undefined;
    },
  };
}
