import type { QueueSettings } from '../config/settings.ts';
import type { Window } from '../plugin.ts';

export type QueueLoss = 'queue_full' | 'too_old';

/** Windows that wait for one back-end: bounded by number, bytes and age. When it is full the oldest give way. */
export interface WindowQueue {
  readonly length: number;
  readonly bytes: number;
  /** Milliseconds since the oldest waiting window ended; 0 when none waits. */
  ageMs(nowMs: number): number;
  /** Takes a window in, whatever its size: the newest is never the one that gives way. */
  push(window: Window, nowMs: number): void;
  shift(nowMs: number): Window | undefined;
  setSettings(settings: QueueSettings): void;
}

export function createWindowQueue(
  first: QueueSettings,
  lost: (window: Window, reason: QueueLoss) => void,
): WindowQueue {
  let settings = first;
  const waiting: Window[] = [];
  let bytes = 0;

  function drop(reason: QueueLoss): void {
    const window = waiting.shift()!;
    bytes -= window.byteLength;
    lost(window, reason);
  }

  function dropOld(nowMs: number): void {
    while (waiting.length > 0 && nowMs - waiting[0]!.endMs > settings.ageMs) drop('too_old');
  }

  return {
    get length() {
      return waiting.length;
    },
    get bytes() {
      return bytes;
    },
    ageMs: (nowMs) => (waiting.length === 0 ? 0 : Math.max(0, nowMs - waiting[0]!.endMs)),
    push(window, nowMs) {
      dropOld(nowMs);
      waiting.push(window);
      bytes += window.byteLength;
      while (waiting.length > 1 && (waiting.length > settings.windows || bytes > settings.bytes)) drop('queue_full');
    },
    shift(nowMs) {
      dropOld(nowMs);
      const window = waiting.shift();
      if (window !== undefined) bytes -= window.byteLength;
      return window;
    },
    setSettings(next) {
      settings = next;
    },
  };
}
