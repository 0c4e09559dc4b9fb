import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWriter, type Writer } from '../../../backends/graphite/writer.ts';
import { FakeCarbon } from '../../helper/fake-carbon.ts';
import { recordingContext } from '../../helper/window.ts';

/** Bytes that no buffers of the system take, of a peer that reads nothing. */
const STUCK = 32 * 1024 * 1024;

describe('what is written to one destination at the same time', () => {
  let carbon: FakeCarbon;
  let writer: Writer;

  beforeEach(async () => {
    carbon = new FakeCarbon();
    await carbon.up();
    writer = createWriter('127.0.0.1', carbon.port, recordingContext().log);
  });

  afterEach(async () => {
    await writer.stop();
    await carbon.down();
  });

  const write = (bytes: Uint8Array, signal = AbortSignal.timeout(10_000)) => writer.write(bytes, 1, signal);
  const linesOf = (letter: string, count: number) => `${letter} 1 1\n`.repeat(count);

  it('arrives one after the other, over one connection', async () => {
    const texts = ['a', 'b', 'c', 'd'].map((letter) => linesOf(letter, 20_000));
    await Promise.all(texts.map((text) => write(Buffer.from(text))));
    await vi.waitFor(() => expect(carbon.lines).toHaveLength(80_000));
    expect(`${carbon.lines.join('\n')}\n`).toBe(texts.join(''));
    expect(carbon.accepted).toBe(1);
  });

  it('goes on when one is given up before its turn', async () => {
    const controller = new AbortController();
    const first = write(Buffer.from(linesOf('a', 20_000)));
    const second = write(Buffer.from(linesOf('b', 1)), controller.signal);
    const third = write(Buffer.from(linesOf('c', 1)));
    controller.abort();
    await expect(second).rejects.toThrow(`tcp://127.0.0.1:${carbon.port}: not sent before the deadline`);
    await Promise.all([first, third]);
    await vi.waitFor(() => expect(carbon.lines.at(-1)).toBe('c 1 1'));
    expect(carbon.lines).not.toContain('b 1 1');
    expect(carbon.accepted).toBe(1);
  });

  it('fails together with the one whose turn it is, without a connection for each', async () => {
    carbon.pause();
    const controller = new AbortController();
    const stuck = write(new Uint8Array(STUCK), controller.signal);
    const waiting = [write(Buffer.from(linesOf('b', 1))), write(Buffer.from(linesOf('c', 1)))];
    await vi.waitFor(() => expect(carbon.accepted).toBe(1));
    controller.abort();
    const results = await Promise.allSettled([stuck, ...waiting]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    carbon.reading = true;
    await write(Buffer.from(linesOf('d', 1)));
    await vi.waitFor(() => expect(carbon.lines).toEqual(['d 1 1']));
    expect(carbon.accepted).toBe(2);
  });

  it('and nothing at all only connects when a lost connection left something', async () => {
    await write(Buffer.from(linesOf('a', 1)));
    await vi.waitFor(() => expect(carbon.lines).toHaveLength(1));
    carbon.drop('end');
    await vi.waitFor(() => expect(writer.resends).toBe(true));
    await write(new Uint8Array(0));
    await vi.waitFor(() => expect(carbon.lines).toEqual(['a 1 1', 'a 1 1']));
    expect(writer.resends).toBe(false);
  });
});
