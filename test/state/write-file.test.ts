import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openStateFile } from '../../src/state/read-file.ts';
import { writeStateFile } from '../../src/state/write-file.ts';
import { folderWith } from '../config/temporary.ts';

const head = { owner: 'gauges', writtenMs: 1_700_000_000_000, orderly: true };

async function piecesIn(file: string): Promise<Buffer[]> {
  const state = await openStateFile(file, 'gauges');
  const pieces: Buffer[] = [];
  for await (const piece of state!.pieces) pieces.push(Buffer.from(piece));
  await state!.close();
  return pieces;
}

describe('a file of state', () => {
  it('gives the pieces back as they were, of any number and length', async () => {
    const file = join(folderWith({}), 'gauges.state');
    const anyPieces = fc.array(fc.oneof(fc.uint8Array(), fc.constantFrom(new Uint8Array(100_000).fill(0xff))));
    await fc.assert(
      fc.asyncProperty(anyPieces, async (pieces) => {
        await writeStateFile(file, head, pieces);
        const read = await piecesIn(file);
        expect(read.length).toBe(pieces.length);
        // Element by element it takes a minute.
        expect(read.every((piece, at) => piece.equals(pieces[at]!))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('has its head', async () => {
    const file = join(folderWith({}), 'gauges.state');
    for (const orderly of [true, false]) {
      await writeStateFile(file, { ...head, orderly }, []);
      const state = await openStateFile(file, 'gauges');
      expect(state).toMatchObject({ ...head, orderly });
      await state!.close();
    }
  });

  it('and its folder are for their owner only', async () => {
    const folder = join(folderWith({}), 'made', 'state');
    const file = join(folder, 'gauges.state');
    await writeStateFile(file, head, []);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(folder).mode & 0o777).toString(8)).toBe('700');
  });

  it('is as it was when the next one cannot be written to its end, and nothing else is left', async () => {
    const folder = folderWith({});
    const file = join(folder, 'gauges.state');
    await writeStateFile(file, head, [Buffer.from('first')]);
    const before = readFileSync(file);
    async function* breaks() {
      yield Buffer.from('second');
      expect(existsSync(`${file}.new`)).toBe(true);
      expect(readFileSync(file)).toEqual(before);
      throw new Error('no more');
    }
    await expect(writeStateFile(file, head, breaks())).rejects.toThrow('no more');
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['gauges.state']);
  });

  it('is written where a process was killed in the middle of it', async () => {
    const file = join(folderWith({}), 'gauges.state');
    writeFileSync(`${file}.new`, 'half');
    await writeStateFile(file, head, [Buffer.from('whole')]);
    expect(String(await piecesIn(file))).toBe('whole');
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});
