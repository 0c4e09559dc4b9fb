import type { QueueSettings } from '../config/settings.ts';
import type { Window } from '../plugin.ts';

/** A window and when it came, in milliseconds of a clock that is never set: the wall clock may jump over any age. */
export interface Waiting {
  readonly window: Window;
  readonly sinceMs: number;
}

/** Windows that wait for one back-end: bounded by number and bytes. When it is full the oldest give way. */
export interface WindowQueue {
  readonly length: number;
  readonly bytes: number;
  /** Milliseconds since the oldest waiting window came; 0 when none waits. */
  ageMs(nowMs: number): number;
  /** Takes a window in, whatever its size: the newest is never the one that gives way. */
  push(window: Window, nowMs: number): void;
  /** The oldest, whatever its age: each is to be tried once at least. */
  shift(): Waiting | undefined;
  setSettings(settings: QueueSettings): void;
}

export function createWindowQueue(
  first: QueueSettings,
  lost: (window: Window, reason: 'queue_full') => void,
): WindowQueue {
  let settings = first;
  const waiting: Waiting[] = [];
  let bytes = 0;

  function shift(): Waiting | undefined {
    const oldest = waiting.shift();
    if (oldest !== undefined) bytes -= oldest.window.byteLength;
    return oldest;
  }

  return {
    get length() {
      return waiting.length;
    },
    get bytes() {
      return bytes;
    },
    ageMs: (nowMs) => (waiting.length === 0 ? 0 : nowMs - waiting[0]!.sinceMs),
    push(window, nowMs) {
      waiting.push({ window, sinceMs: nowMs });
      bytes += window.byteLength;
      while (waiting.length > 1 && (waiting.length > settings.windows || bytes > settings.bytes)) {
        lost(shift()!.window, 'queue_full');
      }
    },
    shift,
    setSettings(next) {
      settings = next;
    },
  };
}
