import { describe, expect, it } from 'vitest';
import { createWindowQueue } from '../../src/dispatch/queue.ts';
import type { Window } from '../../src/plugin.ts';
import { makeWindow } from '../helper/window.ts';

const at = (endMs: number, byteLength = 10) => makeWindow({ endMs, byteLength });

function open(settings: { windows?: number; bytes?: number; ageMs?: number }) {
  const lost: [number, string][] = [];
  const all = { windows: 3, bytes: 1000, ageMs: 60_000, ...settings };
  return { lost, queue: createWindowQueue(all, (window: Window, reason) => lost.push([window.endMs, reason])) };
}

describe('window queue', () => {
  it('gives windows in order and counts their bytes', () => {
    const { queue, lost } = open({});
    queue.push(at(1000, 5), 1000);
    queue.push(at(2000, 7), 2000);
    expect([queue.length, queue.bytes, queue.ageMs(2500)]).toEqual([2, 12, 1500]);
    expect([queue.shift()?.window.endMs, queue.shift()?.sinceMs, queue.shift()]).toEqual([1000, 2000, undefined]);
    expect([queue.length, queue.bytes, queue.ageMs(2500)]).toEqual([0, 0, 0]);
    expect(lost).toEqual([]);
  });

  it('drops the oldest when there are too many', () => {
    const { queue, lost } = open({ windows: 2 });
    for (const endMs of [1, 2, 3, 4]) queue.push(at(endMs), endMs);
    expect(lost).toEqual([
      [1, 'queue_full'],
      [2, 'queue_full'],
    ]);
    expect(queue.shift()?.window.endMs).toBe(3);
  });

  it('drops the oldest when they are too large together, and never the newest', () => {
    const { queue, lost } = open({ bytes: 25 });
    queue.push(at(1), 1);
    queue.push(at(2), 2);
    queue.push(at(3, 100), 3);
    expect(lost.map(([endMs]) => endMs)).toEqual([1, 2]);
    expect([queue.length, queue.bytes]).toEqual([1, 100]);
  });

  it('tells ages by when windows came, whatever their end says', () => {
    const { queue, lost } = open({ ageMs: 100 });
    queue.push(at(1000), 5_000_000);
    queue.push(at(3_601_000), 5_010_000);
    expect(queue.ageMs(5_020_000)).toBe(20_000);
    expect(queue.shift()?.window.endMs).toBe(1000);
    expect(queue.ageMs(5_020_000)).toBe(10_000);
    expect(lost).toEqual([]);
  });
});
