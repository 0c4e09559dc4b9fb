import type { TransferListItem } from 'node:worker_threads';
import { addressOf } from '../aggregate/account.ts';
import type { Datagrams } from '../aggregate/intake.ts';
import { grown } from '../kit/grow.ts';
import type { PacketOrigin } from '../plugin.ts';
import { LF } from '../protocol/bytes.ts';
import { createLineGlob } from './line-glob.ts';
import { skipLine, takeLine, takeRoom } from './tap-budget.ts';
import type { CopiesMessage, LineCopy, SampleOutcome } from './tap-message.ts';
import type { TapWish } from './tap-wish.ts';

/**
 * Lines that one thread looks at in a second, so that rare names are found in a flood: 20,000 take it about 3 ms. A second's worth may
 * be looked at at once.
 */
const LOOKS = 20_000;
/** So many bytes of a line are one look more. */
const LOOK_BYTES = 256;
/** And so many are one that fits and is over the limit, of which there is only a count: a tap that has its lines looks at few more. */
const SKIP_LOOKS = 9;
/** About what a copy costs besides its bytes. */
const LINE_COST = 200;
const FULL_BATCH = 65_536;
const FIRST_ROOM = 4096;
/** Copies wait so long for others, in milliseconds, that a thread posts few messages. */
const GATHER_MS = 20;

/** Copies lines of one front-end for taps, in the thread that reads them. */
export interface LineTap {
  /** Looks at the lines in `bytes[start, end)`. `from` is read only when one is copied. */
  lines(bytes: Uint8Array, start: number, end: number, from: PacketOrigin | undefined): void;
  /** Looks at the lines of `count` datagrams. */
  datagrams(memory: Uint8Array, datagrams: Datagrams, count: number, senderOf?: (number: number) => PacketOrigin): void;
  /** Looks at a sample that was no line. `text` gives it as one; it is called only when it is copied. */
  sample(outcome: SampleOutcome, text: () => string): void;
  /** Posts what was copied a while ago, or all of it. */
  flush(all?: boolean): void;
}

export interface LineTapOptions {
  readonly frontend: string;
  readonly budget: Int32Array;
  post(message: CopiesMessage, transfer: readonly TransferListItem[]): void;
  /** Called when the first line of a batch is copied: `flush` has to be called some time afterwards. */
  wake?(): void;
  now?(): number;
}

/** Undefined where none of the taps looks at this front-end. */
export function createLineTap(taps: readonly TapWish[], options: LineTapOptions): LineTap | undefined {
  const { frontend, budget, post, wake, now = () => performance.now() } = options;
  const wishes = taps
    .filter((wish) => wish.frontend === '' || wish.frontend === frontend)
    .map(({ id, slot, name }, index) => ({ id, slot, bit: 1 << index, fits: createLineGlob(name) }));
  if (wishes.length === 0) return undefined;
  const ids = wishes.map(({ id }) => id);
  let looks = LOOKS;
  let lookedMs = now();
  let room = new Uint8Array(0);
  let used = 0;
  let cost = 0;
  let copies: LineCopy[] = [];
  let sinceMs = 0;
  /** The memory that datagrams were last read from: a view of it for each batch would cost more than the lines. */
  let read: Uint8Array | undefined;
  let words: Uint32Array = new Uint32Array(0);

  function refillLooks(): void {
    const nowMs = now();
    looks = Math.min(LOOKS, looks + ((nowMs - lookedMs) * LOOKS) / 1000);
    lookedMs = nowMs;
  }

  /** The taps that the line fits and that have something left of their second. */
  function maskOf(bytes: Uint8Array, start: number, end: number): number {
    let mask = 0;
    for (const { slot, bit, fits } of wishes) {
      if (!fits(bytes, start, end)) continue;
      if (takeLine(budget, slot)) mask |= bit;
      else {
        skipLine(budget, slot);
        looks -= SKIP_LOOKS;
      }
    }
    return mask;
  }

  function copy(
    line: Uint8Array,
    mask: number,
    from: PacketOrigin | undefined,
    sample: SampleOutcome | undefined,
  ): void {
    const bytes = line.length + LINE_COST;
    if (!takeRoom(budget, bytes)) {
      for (const { slot, bit } of wishes) if ((mask & bit) !== 0) skipLine(budget, slot);
      return;
    }
    cost += bytes;
    if (copies.length === 0) {
      sinceMs = now();
      wake?.();
    }
    if (used + line.length > room.length) room = grown(room, Math.max(FIRST_ROOM, used + line.length));
    room.set(line, used);
    used += line.length;
    copies.push({ end: used, mask, from: addressOf(from), sample });
    if (used >= FULL_BATCH) flush(true);
  }

  function look(bytes: Uint8Array, start: number, end: number, from: PacketOrigin | undefined): void {
    for (let at = start; at < end && looks > 0; ) {
      let stop = at;
      while (stop < end && bytes[stop] !== LF) stop++;
      if (stop > at) {
        looks -= 1 + Math.floor((stop - at) / LOOK_BYTES);
        const mask = maskOf(bytes, at, stop);
        if (mask !== 0) copy(bytes.subarray(at, stop), mask, from, undefined);
      }
      at = stop + 1;
    }
  }

  function flush(all = false): void {
    if (copies.length === 0 || (!all && now() - sinceMs < GATHER_MS)) return;
    const bytes = room.slice(0, used);
    post({ kind: 'copies', frontend, ids, bytes, lines: copies, budget, cost }, [bytes.buffer]);
    used = 0;
    cost = 0;
    copies = [];
  }

  return {
    lines(bytes, start, end, from) {
      refillLooks();
      look(bytes, start, end, from);
    },
    datagrams(memory, { bytes, stride, lengths, lengthStride }, count, senderOf) {
      refillLooks();
      if (memory !== read) {
        read = memory;
        words = new Uint32Array(memory.buffer);
      }
      for (let number = 0; number < count && looks > 0; number++) {
        const start = bytes + number * stride;
        look(memory, start, start + words[(lengths + number * lengthStride) / 4]!, senderOf?.(number));
      }
    },
    sample(outcome, text) {
      if (looks < 1) refillLooks();
      if (looks < 1) return;
      looks--;
      const name = Buffer.from(outcome.name);
      const mask = maskOf(name, 0, name.length);
      if (mask !== 0) copy(Buffer.from(text()), mask, undefined, outcome);
    },
    flush,
  };
}
