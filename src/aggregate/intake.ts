import type { Dialect } from '../config/settings.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import type { DiscardReason, Intake, MetricType, PacketOrigin, SeriesInput } from '../plugin.ts';
import { LF } from '../protocol/bytes.ts';
import { GAUGES, RULES_SHIFT } from '../protocol/codes.ts';
import type { RejectReason } from '../protocol/reasons.ts';
import { sevenBit } from '../protocol/statsd-stream.ts';
import { createLineStream, type LineSink } from '../protocol/stream.ts';
import { rowKindOf, typeCode, typeLetters } from '../protocol/types.ts';
import type { LineAccount } from './account.ts';
import type { ShardCore, Watch } from './core.ts';
import { addScanned, type LineTaker, reject, rejectLine } from './line-outcome.ts';
import { createNativeLines } from './native-lines.ts';
import { createSampleWriter } from './sample.ts';
import { createStatsdLines } from './statsd-lines.ts';
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
  /** Takes the lines of `count` datagrams where they lie. `senderOf` gives where the one with a number comes from, where that is known. */
  datagrams(datagrams: Datagrams, count: number, senderOf?: (number: number) => PacketOrigin): void;
}

/** A front-end's way into a shard: lines are read and added, and every one of them is accounted for. */
export function createIntake(
  core: ShardCore,
  account: LineAccount,
  dialect: Dialect,
  rules: FrontendKeys = { number: 0 },
): ShardIntake {
  let lineLength = 0;
  const isStatsd = dialect === 'statsd';
  const keyFlag = rules.number << RULES_SHIFT;
  const handsOnOrigin = rules.originTags === true && !isStatsd ? 1 : 0;
  const line: LineTaker = isStatsd
    ? createStatsdLines(core, account, keyFlag)
    : createNativeLines(core, account, dialect, keyFlag, rules);
  const sample = createSampleWriter(keyFlag);

  /** Takes the lines in [start, end) of the store's memory: the plane those of known keys, this thread's parser the rest. */
  function takeAll(start: number, end: number): void {
    const { plane } = core.store();
    let at = plane.readLines(start, end);
    while (at < end) {
      const lineEnd = plane.lineEnd(at, end);
      line.take(core.store().bytes(), at, lineEnd);
      at = plane.readLines(Math.min(lineEnd + 1, end), end);
    }
  }

  /** A reload may have changed it. */
  function longestLine(): number {
    if (core.limits().lineLength !== lineLength) {
      lineLength = core.limits().lineLength;
      line.setLineLength(lineLength);
    }
    return lineLength;
  }

  function prepare(): Store {
    const store = core.store();
    store.plane.setGrammar(longestLine(), dialect === 'auto' ? 1 : 0, isStatsd ? 1 : 0, keyFlag, handsOnOrigin);
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
    else reject(account, reason, count);
  }

  function takeSample(
    type: Exclude<MetricType, 'set'>,
    name: string,
    value: number,
    tags: string,
    weight: number,
  ): void {
    account.received(1);
    const store = core.store();
    store.plane.setNow(core.now());
    const usable = Number.isFinite(value) && isWeight(weight);
    const reason = usable ? sample.write(store, typeCode(type), name, tags, '') : 'bad_value';
    sample.scan.value[0] = value;
    sample.scan.groupWeight[0] = weight;
    const refused = reason ?? addScanned(core, account, sample.scan);
    if (refused !== undefined) rejectSample(refused, `${name}:${value}|${type}`, tags);
    const watch = core.watch();
    if (watch !== undefined) show(watch, type, name, value, tags, weight, refused);
  }

  /** By itself: a function with another one in it costs something each time that it is called. */
  function show(
    watch: Watch,
    type: MetricType,
    name: string,
    value: number | string,
    tags: string,
    weight: number,
    refused?: RejectReason,
  ): void {
    watch.sample(account.frontend, name, refused, () => sampleText(type, name, value, tags, weight));
  }

  function rejectSample(reason: RejectReason, text: string, tags: string): void {
    const bytes = Buffer.from(withTags(text, tags));
    account.from(undefined);
    rejectLine(account, reason, bytes, 0, bytes.length);
  }

  /** Holds on to the key, which is known for as long as it is used every few windows. */
  function openSeries(type: Exclude<MetricType, 'set'>, name: string, tags: string): SeriesInput {
    const code = typeCode(type);
    const kind = rowKindOf(type);
    let store: Store | undefined;
    let key = 0;
    let usedIn = 0;

    /** Adds to a key that is known, as `add` does. */
    function addAgain(value: number, weight: number): boolean {
      const isKnown = store === core.store() && core.window() - usedIn < KEY_IDLE_WINDOWS - 1;
      if (!isKnown || !Number.isFinite(value) || !isWeight(weight)) return false;
      usedIn = core.window();
      if (kind === GAUGES) core.store().plane.setNow(core.now());
      if (!core.addNumber(key, kind, value, weight)) return false;
      account.received(1);
      account.aggregated(1);
      return true;
    }

    /** Whatever is not added at once, and all while somebody watches: what is added at once has no time to ask whether somebody does. */
    function addSlowly(value: number, weight: number): void {
      const watch = core.watch();
      if (watch !== undefined && addAgain(value, weight)) show(watch, type, name, value, tags, weight);
      else learn(value, weight);
    }

    /** Finds the key anew, or makes it known. */
    function learn(value: number, weight: number): void {
      takeSample(type, name, value, tags, weight);
      store = core.store();
      key = sample.find(store, code, name, tags);
      usedIn = key === 0 ? Number.NEGATIVE_INFINITY : core.window();
    }

    return {
      add(value, weight) {
        const window = core.window();
        const usable = Number.isFinite(value) && (weight === undefined || isWeight(weight));
        if (!usable || store !== core.unwatchedStore() || window - usedIn >= KEY_IDLE_WINDOWS - 1) {
          return addSlowly(value, weight ?? 1);
        }
        usedIn = window;
        if (kind === GAUGES) store.plane.setNow(core.now());
        if (!core.addNumber(key, kind, value, weight ?? 1)) return learn(value, weight ?? 1);
        account.received(1);
        account.aggregated(1);
      },
    };
  }

  return {
    store: core.store,
    datagrams({ bytes, stride, lengths, lengthStride }, count, senderOf) {
      account.packets(count);
      const store = prepare();
      const { plane } = store;
      let number = plane.readDatagrams(bytes, stride, lengths, lengthStride, 0, count);
      while (number < count) {
        const length = new DataView(plane.memory.buffer).getUint32(lengths + number * lengthStride, true);
        account.from(senderOf?.(number));
        takeAll(plane.stoppedAt(), bytes + number * stride + length);
        number = plane.readDatagrams(bytes, stride, lengths, lengthStride, number + 1, count);
      }
      settle(store);
    },
    lines(bytes, start = 0, end = bytes.length, from) {
      account.packets(1);
      account.from(from);
      core.watch()?.lines(account.frontend, bytes, start, end, from);
      takeLines(bytes, start, end);
    },
    stream(from, eolRequired = false) {
      const sink: LineSink = {
        lines(bytes, start, end) {
          account.from(from);
          core.watch()?.lines(account.frontend, bytes, start, end, from);
          takeLines(bytes, start, end);
        },
        lineTooLong: () => discard('line_too_long', 1),
        unterminated: () => discard('unterminated', 1),
        packet: () => account.packets(1),
      };
      // The original never receives what follows the last LF of a stream, so in its dialect it is not counted either.
      const atEnd = eolRequired ? 'refuse' : isStatsd ? 'leave' : 'take';
      const stream = createLineStream(sink, longestLine(), atEnd);
      return isStatsd ? sevenBit(stream) : stream;
    },
    sample: (type, name, value, tags = '', weight = 1) => takeSample(type, name, value, tags, weight),
    series: (type, name, tags = '') => openSeries(type, name, tags),
    member(name, member, tags = '') {
      account.received(1);
      const reason = sample.write(core.store(), typeCode('set'), name, tags, member);
      const refused = reason ?? addScanned(core, account, sample.scan);
      if (refused !== undefined) rejectSample(refused, `${name}:${member}|set`, tags);
      const watch = core.watch();
      if (watch !== undefined) show(watch, 'set', name, member, tags, 1, refused);
    },
    discard,
    kernelDropped: (datagrams) => account.kernelDropped(datagrams),
    count: (name, value, tags) => account.count(name, value, tags),
  };
}

function sampleText(type: MetricType, name: string, value: number | string, tags: string, weight: number): string {
  return withTags(`${name}:${value}|${typeLetters(type)}${weight === 1 ? '' : `|@${1 / weight}`}`, tags);
}

function withTags(text: string, tags: string): string {
  return tags === '' ? text : `${text}|#${tags}`;
}

function isWeight(weight: number): boolean {
  return weight > 0 && weight < Number.POSITIVE_INFINITY;
}

/** As much of `bytes[start, end)` as goes into the store's input, in whole lines; a longer line by itself. */
function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= INPUT_LENGTH) return end;
  const last = bytes.lastIndexOf(LF, start + INPUT_LENGTH - 1);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(LF, start);
  return next < 0 || next >= end ? end : next + 1;
}
