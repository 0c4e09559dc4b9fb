import { describe, expect, it } from 'vitest';
import { createUnconfirmed } from '../../../backends/graphite/unconfirmed.ts';

const MIB = 1024 * 1024;

function setUp() {
  let time = 0;
  const unconfirmed = createUnconfirmed(() => time);
  return {
    unconfirmed,
    at: (milliseconds: number) => {
      time = milliseconds;
    },
    write: (...chunks: Uint8Array[]) => {
      const window = unconfirmed.window();
      for (const chunk of chunks) window.add(chunk);
      window.done();
    },
    kept: () => [...unconfirmed.chunks()],
  };
}

const bytes = (first: number, length = 1) => new Uint8Array(length).fill(first);

describe('what is kept to be written again', () => {
  it('is the last window, however old', () => {
    const { at, write, kept } = setUp();
    write(bytes(1), bytes(2));
    at(10_000);
    write(bytes(3), bytes(4));
    at(1_000_000);
    expect(kept()).toEqual([bytes(3), bytes(4)]);
  });

  it('and those of the five seconds before it', () => {
    const { at, write, kept } = setUp();
    write(bytes(1));
    at(1);
    write(bytes(2));
    at(5001);
    write(bytes(3));
    expect(kept()).toEqual([bytes(2), bytes(3)]);
  });

  it('which start anew when they are written again', () => {
    const { unconfirmed, at, write, kept } = setUp();
    write(bytes(1));
    at(60_000);
    unconfirmed.rewritten();
    write(bytes(2));
    expect(kept()).toEqual([bytes(1), bytes(2)]);
  });

  it('and not a window that was only begun', () => {
    const { unconfirmed, write, kept } = setUp();
    write(bytes(1));
    unconfirmed.window().add(bytes(2));
    expect(kept()).toEqual([bytes(1)]);
  });

  it('as far as it fits in 16 MiB, the newest first', () => {
    const { unconfirmed, write, kept } = setUp();
    write(bytes(1, 6 * MIB));
    write(bytes(2, 6 * MIB));
    write(bytes(3, 6 * MIB), bytes(4, 4 * MIB));
    expect(kept().map((chunk) => chunk[0])).toEqual([2, 3, 4]);
    expect(unconfirmed.size).toBe(2);
  });

  it('and nothing of a window that is larger', () => {
    const { unconfirmed, write, kept } = setUp();
    write(bytes(1));
    write(bytes(2, 9 * MIB), bytes(3, 9 * MIB), bytes(4));
    expect(kept()).toEqual([]);
    expect(unconfirmed.size).toBe(0);
    write(bytes(5));
    expect(kept()).toEqual([bytes(5)]);
  });

  it('until it is cleared', () => {
    const { unconfirmed, write } = setUp();
    write(bytes(1));
    unconfirmed.clear();
    expect(unconfirmed.size).toBe(0);
  });
});
