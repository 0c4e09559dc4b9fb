import { giveRoomBack, skippedLines } from '../packets/tap-budget.ts';
import type { TappedMessage } from '../packets/tap-message.ts';
import { MOST_LINES, MOST_TAPS, type TapWish } from '../packets/tap-wish.ts';
import type { ServerView, TapCounts, TapEnd, TappedLine } from '../plugin.ts';
import { TAP_MS, TAP_NAME } from '../plugin-server.ts';

/** The taps of all back-ends. */
export interface Taps {
  /** See `ServerView.tap`. Rejects where there are too many, and where an option is none. */
  readonly tap: ServerView['tap'];
  /** Hands lines to the taps that they are for. */
  take(message: TappedMessage): void;
  /** Ends all, and lets no other begin. */
  stop(): void;
}

interface Open {
  readonly wish: TapWish;
  readonly lines: (lines: readonly TappedLine[], counts: TapCounts) => void;
  end(reason: TapEnd): void;
  fail(error: unknown): void;
}

/** `set` has the threads that receive copy lines for these taps, and for no others. */
export function createTaps(set: (taps: readonly TapWish[]) => void): Taps {
  const open = new Map<number, Open>();
  let taps = 0;
  let stopped = false;

  function tell(): void {
    set(Array.from(open.values(), ({ wish }) => wish));
  }

  function freeSlot(): number {
    const used = new Set(Array.from(open.values(), ({ wish }) => wish.slot));
    const free = Array.from({ length: MOST_TAPS }, (_, slot) => slot).find((slot) => !used.has(slot));
    if (free === undefined) throw new Error(`there are ${MOST_TAPS} taps already, and no more at a time`);
    return free;
  }

  return {
    async tap({ name, frontend = '', limit, signal }, lines) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LINES) {
        throw new RangeError(`the limit "${limit}" is none: a tap gives 1 to ${MOST_LINES} lines a second`);
      }
      if (name.length > TAP_NAME) {
        throw new RangeError(`a glob of ${name.length} characters: at most ${TAP_NAME} are allowed`);
      }
      if (signal.aborted) return 'aborted';
      if (stopped) return 'stopping';
      const wish = { id: ++taps, slot: freeSlot(), name, frontend, limit };
      const aborted = () => open.get(wish.id)?.end('aborted');
      let timer: NodeJS.Timeout | undefined;
      try {
        return await new Promise<TapEnd>((resolve, reject) => {
          open.set(wish.id, { wish, lines, end: resolve, fail: reject });
          signal.addEventListener('abort', aborted, { once: true });
          timer = setTimeout(resolve, TAP_MS, 'time');
          timer.unref();
          tell();
        });
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        open.delete(wish.id);
        if (!stopped) tell();
      }
    },
    take({ ids, lines, masks, budget, cost }) {
      for (const [index, id] of ids.entries()) {
        const one = open.get(id);
        if (one === undefined) continue;
        const own = lines.filter((_, line) => (masks[line]! & (1 << index)) !== 0);
        try {
          if (own.length > 0) one.lines(own, { skipped: skippedLines(budget, one.wish.slot) });
        } catch (error) {
          one.fail(error);
        }
      }
      giveRoomBack(budget, cost);
    },
    stop() {
      stopped = true;
      for (const one of open.values()) one.end('stopping');
      set([]);
    },
  };
}
