import { describe, expect, it } from 'vitest';
import { createUnconfirmed } from '../../../backends/graphite/unconfirmed.ts';

const MIB = 1024 * 1024;

function setUp() {
  let time = 0;
  let windows = 0;
  const unconfirmed = createUnconfirmed(() => time);
  return {
    unconfirmed,
    at: (milliseconds: number) => {
      time = milliseconds;
    },
    write: (...chunks: Uint8Array[]) => {
      windows++;
      for (const chunk of chunks) unconfirmed.taken(chunk, windows);
    },
    /** Takes this many chunks of what is repeated, or all. */
    repeat: (count = Number.POSITIVE_INFINITY) => {
      const taken: Uint8Array[] = [];
      for (const chunk of unconfirmed.repeat()) {
        if (taken.length === count) break;
        taken.push(chunk);
      }
      return taken;
    },
  };
}

const bytes = (first: number, length = 1) => new Uint8Array(length).fill(first);

describe('what is written again', () => {
  it('is nothing as long as the connection is open', () => {
    const { unconfirmed, write, repeat } = setUp();
    write(bytes(1));
    expect(repeat()).toEqual([]);
    expect(unconfirmed.size).toBe(1);
  });

  it('is the last window, however old', () => {
    const { unconfirmed, at, write, repeat } = setUp();
    write(bytes(1), bytes(2));
    at(10_000);
    write(bytes(3), bytes(4));
    at(1_000_000);
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(3), bytes(4)]);
  });

  it('or those of the five seconds before the connection was lost', () => {
    const { unconfirmed, at, write, repeat } = setUp();
    write(bytes(1));
    at(1);
    write(bytes(2));
    write(bytes(3));
    at(5001);
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(2), bytes(3)]);
  });

  it('which do not grow older until there is another connection, nor when that is lost as well', () => {
    const { unconfirmed, at, write, repeat } = setUp();
    write(bytes(1));
    write(bytes(2));
    unconfirmed.lost();
    at(60_000);
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(1), bytes(2)]);
  });

  it('once', () => {
    const { unconfirmed, write, repeat } = setUp();
    write(bytes(1));
    unconfirmed.lost();
    repeat();
    write(bytes(2));
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(2)]);
    write(bytes(0, 0));
    unconfirmed.lost();
    expect(unconfirmed.size).toBe(0);
  });

  it('but again when the connection was lost before a chunk of what follows was taken', () => {
    const { unconfirmed, write, repeat } = setUp();
    write(bytes(1), bytes(2));
    write(bytes(3), bytes(4));
    write(bytes(5));
    unconfirmed.lost();
    expect(repeat(2)).toEqual([bytes(1), bytes(2)]);
    unconfirmed.lost();
    expect(repeat(3)).toEqual([bytes(1), bytes(2), bytes(3)]);
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(3), bytes(4), bytes(5)]);
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(5)]);
    write(bytes(6), bytes(7));
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(6), bytes(7)]);
  });

  it('is what was taken of a window that is not complete: its other payloads are sent on their own', () => {
    const { unconfirmed, at, write, repeat } = setUp();
    write(bytes(1));
    at(10_000);
    unconfirmed.taken(bytes(2), 9);
    at(20_000);
    unconfirmed.taken(bytes(3), 9);
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(2), bytes(3)]);
  });

  it('is all of a window, whatever came between its payloads', () => {
    const { unconfirmed, at, repeat } = setUp();
    unconfirmed.taken(bytes(1), 1);
    unconfirmed.taken(bytes(2), 2);
    at(1);
    unconfirmed.taken(bytes(3), 1);
    at(5001);
    unconfirmed.lost();
    expect(unconfirmed.size).toBe(1);
    expect(repeat()).toEqual([bytes(1), bytes(3)]);
  });

  it('is the last one that had something in it', () => {
    const { unconfirmed, at, write, repeat } = setUp();
    write(bytes(1));
    at(60_000);
    write(bytes(0, 0));
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(1)]);
  });

  it('as far as it fits in 16 MiB, the newest first', () => {
    const { unconfirmed, write, repeat } = setUp();
    write(bytes(1, 6 * MIB));
    write(bytes(2, 6 * MIB));
    write(bytes(3, 6 * MIB), bytes(4, 4 * MIB));
    expect(unconfirmed.size).toBe(2);
    unconfirmed.lost();
    expect(repeat().map((chunk) => chunk[0])).toEqual([2, 3, 4]);
  });

  it('and nothing of a window that is larger', () => {
    const { unconfirmed, write, repeat } = setUp();
    write(bytes(1));
    write(bytes(2, 9 * MIB), bytes(3, 9 * MIB), bytes(4));
    expect(unconfirmed.size).toBe(0);
    write(bytes(5));
    unconfirmed.lost();
    expect(repeat()).toEqual([bytes(5)]);
  });

  it('until it is cleared', () => {
    const { unconfirmed, write } = setUp();
    write(bytes(1));
    unconfirmed.lost();
    write(bytes(2));
    unconfirmed.clear();
    expect(unconfirmed.size).toBe(0);
  });
});
