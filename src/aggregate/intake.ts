import type { Dialect } from '../config/settings.ts';
import type { DiscardReason, Intake, MetricType, SeriesInput } from '../plugin.ts';
import { CR, LF, UNDERSCORE } from '../protocol/bytes.ts';
import { isEvent, isServiceCheck, parseEvent, parseServiceCheck } from '../protocol/event.ts';
import { createScanner, type Scan } from '../protocol/scan.ts';
import { createLineStream } from '../protocol/stream.ts';
import { GAUGE, SET, typeCode } from '../protocol/types.ts';
import type { LineAccount } from './account.ts';
import { createSampleWriter } from './sample.ts';
import type { ShardCore } from './shard.ts';
import { INPUT_LENGTH, KEY_IDLE_WINDOWS, type Store } from './store.ts';

/** Datagrams in the memory of the shard's store, see {@link ShardIntake.datagrams}. Addresses are of that memory. */
export interface Datagrams {
  /** Datagram i starts at `bytes + i × stride` … */
  readonly bytes: number;
  readonly stride: number;
  /** … and has its length, a u32, at `lengths + i × lengthStride`. */
  readonly lengths: number;
  readonly lengthStride: number;
}

/** An intake for the thread that the shard belongs to. */
export interface ShardIntake extends Intake {
  /** The store whose memory `datagrams` are read from; another one may come with the end of a window. */
  store(): Store;
  /** Takes the lines of `count` datagrams where they lie. */
  datagrams(datagrams: Datagrams, count: number): void;
}

/** A front-end's way into a shard: lines are read and added, and every one of them is accounted for. */
export function createIntake(core: ShardCore, account: LineAccount, dialect: Dialect): ShardIntake {
  let lineLength = core.limits().lineLength;
  let scanner = createScanner(lineLength);
  const sample = createSampleWriter();

  function takeScanned(scan: Scan): void {
    const refusal = core.add(scan, account);
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
    if (reason === undefined) takeScanned(scanner.scan);
    else account.rejected(reason, 1);
  }

  /** A line in the store's memory that the plane left. Blank lines (nothing, or a lone CR) are no lines. */
  function takeLine(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length === 0 || (length === 1 && bytes[start] === CR)) return;
    account.received(1);
    if (length > lineLength) account.rejected('line_too_long', 1);
    else if (bytes[start] !== UNDERSCORE) takeMetric(bytes, start, end);
    else if (isEvent(bytes, start, end)) takeEvent(bytes, start, end);
    else if (isServiceCheck(bytes, start, end)) takeServiceCheck(bytes, start, end);
    else takeMetric(bytes, start, end);
  }

  /** Takes the lines in [start, end) of the store's memory: the plane those of known keys, this thread's parser the rest. */
  function takeAll(start: number, end: number): void {
    const { plane } = core.store();
    let at = plane.readLines(start, end);
    while (at < end) {
      const lineEnd = plane.lineEnd(at, end);
      takeLine(core.store().bytes(), at, lineEnd);
      at = plane.readLines(Math.min(lineEnd + 1, end), end);
    }
  }

  function prepare(): Store {
    // A reload may have changed the limit.
    if (core.limits().lineLength !== lineLength) {
      lineLength = core.limits().lineLength;
      scanner = createScanner(lineLength);
    }
    const store = core.store();
    store.plane.setGrammar(lineLength, dialect === 'auto' ? 1 : 0);
    store.plane.setNow(core.now());
    return store;
  }

  function settle({ plane }: Store): void {
    const added = plane.takeAdded();
    account.received(added);
    account.aggregated(added);
  }

  function takeLines(bytes: Uint8Array, start: number, end: number): void {
    const store = prepare();
    for (let at = start; at < end; ) {
      const stop = pieceEnd(bytes, at, end);
      if (stop - at > INPUT_LENGTH) {
        discard('line_too_long', 1);
      } else {
        store.bytes().set(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop), store.input);
        takeAll(store.input, store.input + stop - at);
      }
      at = stop;
    }
    settle(store);
  }

  function discard(reason: DiscardReason, count: number): void {
    account.received(count);
    if (reason === 'overload') account.dropped(reason, count);
    else account.rejected(reason, count);
  }

  function takeSample(type: Exclude<MetricType, 'set'>, name: string, value: number, tags: string): void {
    account.received(1);
    const store = core.store();
    store.plane.setNow(core.now());
    const reason = Number.isFinite(value) ? sample.write(store, typeCode(type), name, tags, '') : 'bad_value';
    sample.scan.value[0] = value;
    if (reason === undefined) takeScanned(sample.scan);
    else account.rejected(reason, 1);
  }

  /** Holds on to the key, which is known for as long as it is used every few windows. */
  function openSeries(type: Exclude<MetricType, 'set'>, name: string, tags: string): SeriesInput {
    const code = typeCode(type);
    let store: Store | undefined;
    let key = 0;
    let usedIn = 0;
    return {
      add(value) {
        const window = core.window();
        if (store !== core.store() || window - usedIn >= KEY_IDLE_WINDOWS - 1 || !Number.isFinite(value)) {
          takeSample(type, name, value, tags);
          store = core.store();
          key = sample.find(store, code, name, tags);
          usedIn = key === 0 ? Number.NEGATIVE_INFINITY : window;
          return;
        }
        usedIn = window;
        const { plane } = store;
        if (code === GAUGE) {
          plane.setNow(core.now());
          if (plane.useRow(key) === 0) return takeSample(type, name, value, tags);
          plane.setGauge(key, value);
        } else if (plane.addNumber(key, code, value, 1) === 0) {
          return takeSample(type, name, value, tags);
        }
        account.received(1);
        account.aggregated(1);
      },
    };
  }

  return {
    store: core.store,
    datagrams({ bytes, stride, lengths, lengthStride }, count) {
      const store = prepare();
      const { plane } = store;
      let number = plane.readDatagrams(bytes, stride, lengths, lengthStride, 0, count);
      while (number < count) {
        const length = new DataView(plane.memory.buffer).getUint32(lengths + number * lengthStride, true);
        takeAll(plane.stoppedAt(), bytes + number * stride + length);
        number = plane.readDatagrams(bytes, stride, lengths, lengthStride, number + 1, count);
      }
      settle(store);
    },
    lines: (bytes, start = 0, end = bytes.length) => takeLines(bytes, start, end),
    stream() {
      lineLength = core.limits().lineLength;
      return createLineStream({ lines: takeLines, lineTooLong: () => discard('line_too_long', 1) }, lineLength);
    },
    sample: (type, name, value, tags = '') => takeSample(type, name, value, tags),
    series: (type, name, tags = '') => openSeries(type, name, tags),
    member(name, member, tags = '') {
      account.received(1);
      const reason = sample.write(core.store(), SET, name, tags, member);
      if (reason === undefined) takeScanned(sample.scan);
      else account.rejected(reason, 1);
    },
    discard,
    kernelDropped: (datagrams) => account.kernelDropped(datagrams),
    count: (name, value) => account.count(name, value),
  };
}

/** As much of `bytes[start, end)` as goes into the store's input, in whole lines; a longer line by itself. */
function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= INPUT_LENGTH) return end;
  const last = bytes.lastIndexOf(LF, start + INPUT_LENGTH - 1);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(LF, start);
  return next < 0 || next >= end ? end : next + 1;
}
