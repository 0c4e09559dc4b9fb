import type { Watch } from '../aggregate/core.ts';
import type { Shard } from '../aggregate/shard.ts';
import { messageOf } from '../kit/error-text.ts';
import { oneByOne } from '../kit/one-by-one.ts';
import { seldom } from '../kit/seldom.ts';
import { inSlices, type Steps } from '../kit/slices.ts';
import { createLineTap, type LineTap } from '../packets/line-tap.ts';
import { clear, giveRoomBack, refill } from '../packets/tap-budget.ts';
import type { CopiesMessage, SampleOutcome, TappedMessage } from '../packets/tap-message.ts';
import { MOST_LINES, type TapWish } from '../packets/tap-wish.ts';
import type { Logger, TappedLine } from '../plugin.ts';
import { adviceFor } from '../protocol/reasons.ts';
import type { ReceiveThreads } from '../receive/spawn.ts';

/** How long lines of this thread wait for others. Milliseconds. */
const GATHER_MS = 20;
/** Bytes of a line that are shown. */
const SHOWN = 8192;

/** The main thread's part in taps: it copies the lines that it reads itself, and says what becomes of all of them. */
export interface Taps {
  /** Copies lines for these taps from now on, and for no others. */
  set(taps: readonly TapWish[]): void;
  /** Lines that a thread has copied. */
  take(message: CopiesMessage): void;
}

type Verdict = Pick<TappedLine, 'outcome' | 'reason' | 'advice' | 'names'>;

/** What becomes of a line at a front-end. Undefined: there is no such front-end any more. */
export type ReadCopy = (frontend: string, line: Uint8Array) => Verdict | undefined;

export interface TapsOptions {
  /** See `createTapBudget`. */
  readonly budget: Int32Array;
  readonly shard: Pick<Shard, 'setWatch'>;
  readonly receiveThreads: Pick<ReceiveThreads, 'setTaps'>;
  /** What reads lines again is loaded with the first tap. */
  loadReader(): Promise<ReadCopy>;
  /** To the dispatch thread. */
  post(message: TappedMessage): void;
  readonly log: Logger;
}

export function createTaps({ budget, shard, receiveThreads, loadReader, post, log }: TapsOptions): Taps {
  let taps: readonly TapWish[] = [];
  let reader: Promise<ReadCopy> | undefined;
  const clocks = new Map<number, NodeJS.Timeout>();
  let gathering: NodeJS.Timeout | undefined;
  let lineTaps = new Map<string, LineTap | undefined>();
  const inTurn = oneByOne();
  const failed = seldom((times, error: unknown) =>
    log.error(`cannot say what becomes of tapped lines: ${messageOf(error)}`, { times }),
  );

  /** All of them together are bounded, and none takes what another may have. */
  function allow({ slot, limit }: TapWish): void {
    refill(budget, slot, Math.min(limit, Math.floor(MOST_LINES / taps.length)));
  }

  /** Each tap has seconds of its own: in none of them it has more than its limit. */
  function startClock(tap: TapWish): void {
    clear(budget, tap.slot);
    allow(tap);
    const clock = setInterval(allow, 1000, tap);
    clock.unref();
    clocks.set(tap.id, clock);
  }

  function stopClock(id: number): void {
    clearInterval(clocks.get(id));
    clocks.delete(id);
  }

  function flush(): void {
    gathering = undefined;
    for (const tap of lineTaps.values()) tap?.flush(true);
  }

  function tapOf(frontend: string): LineTap | undefined {
    if (lineTaps.has(frontend)) return lineTaps.get(frontend);
    const wake = () => {
      if (gathering === undefined) gathering = setTimeout(flush, GATHER_MS);
    };
    const made = createLineTap(taps, { frontend, budget, post: take, wake });
    lineTaps.set(frontend, made);
    return made;
  }

  const watch: Watch = {
    lines: (frontend, bytes, start, end, from) => tapOf(frontend)?.lines(bytes, start, end, from),
    sample: (frontend, name, rejected, text) => tapOf(frontend)?.sample({ name, rejected }, text),
  };

  async function judge(message: CopiesMessage): Promise<void> {
    const { budget, cost } = message;
    try {
      if (taps.length === 0) return giveRoomBack(budget, cost);
      reader ??= loadReader();
      post(await inSlices(judged(message, await reader)));
    } catch (error) {
      giveRoomBack(budget, cost);
      failed(error);
    }
  }

  function take(message: CopiesMessage): void {
    void inTurn(() => judge(message));
  }

  return {
    set(next) {
      flush();
      const ids = new Set(next.map(({ id }) => id));
      for (const { id } of taps) if (!ids.has(id)) stopClock(id);
      taps = next;
      for (const tap of taps) if (!clocks.has(tap.id)) startClock(tap);
      lineTaps = new Map();
      if (taps.length === 0) reader = undefined;
      shard.setWatch(taps.length === 0 ? undefined : watch);
      receiveThreads.setTaps(taps);
    },
    take,
  };
}

function* judged({ frontend, ids, bytes, lines, budget, cost }: CopiesMessage, read: ReadCopy): Steps<TappedMessage> {
  const tapped: TappedLine[] = [];
  const masks: number[] = [];
  let start = 0;
  for (const { end, mask, from, sample } of lines) {
    const line = bytes.subarray(start, end);
    start = end;
    const verdict = sample === undefined ? read(frontend, line) : verdictOf(sample, line);
    if (verdict !== undefined) {
      tapped.push({ frontend, ...(from === undefined ? {} : { from }), line: textOf(line), ...verdict });
      masks.push(mask);
    }
    yield;
  }
  return { kind: 'tapped', ids, lines: tapped, masks, budget, cost };
}

function verdictOf({ name, rejected }: SampleOutcome, line: Uint8Array): Verdict {
  if (rejected === undefined) return { outcome: 'aggregated', names: [name] };
  return { outcome: 'rejected', reason: rejected, advice: adviceFor(rejected, textOf(line)), names: [] };
}

function textOf(line: Uint8Array): string {
  const text = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, SHOWN)).toString();
  // A character that was cut in two is left out.
  return line.length > SHOWN ? `${text.replace(/\uFFFD{1,3}$/, '')}…` : text;
}
