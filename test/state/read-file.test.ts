import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PIECES_AT, VERSION } from '../../src/state/format.ts';
import { markStateFile, openStateFile } from '../../src/state/read-file.ts';
import { writeStateFile } from '../../src/state/write-file.ts';
import { folderWith } from '../config/temporary.ts';
import { randomFrom } from '../differential/random.ts';

const head = { owner: 'gauges', writtenMs: 1_700_000_000_000, orderly: false };

async function written(): Promise<string> {
  const file = join(folderWith({}), 'gauges.state');
  await writeStateFile(
    file,
    head,
    Array.from({ length: 20 }, (_, at) => Buffer.from(`piece ${at} of this file`)),
  );
  return file;
}

async function contentsOf(file: string): Promise<string[]> {
  const state = await openStateFile(file, 'gauges');
  const pieces = [];
  for await (const piece of state!.pieces) pieces.push(String(piece));
  await state!.close();
  return pieces;
}

describe('a file that is not as it was written', () => {
  it('is refused, wherever it was cut off or a bit of it is another', async () => {
    const file = await written();
    const good = readFileSync(file);
    const random = randomFrom(7);
    for (let run = 0; run < 200; run++) {
      const at = random.below(good.length);
      const bad = Buffer.from(good);
      if (run % 2 === 0) bad[at] = bad[at]! ^ (1 << random.below(8));
      writeFileSync(file, run % 2 === 0 ? bad : good.subarray(0, at));
      await expect(contentsOf(file), `run ${run}, byte ${at}`).rejects.toThrow(/^it(s| )/);
    }
    writeFileSync(file, good);
    expect(await contentsOf(file)).toHaveLength(20);
  });

  it('is refused with any other bit at its start, the mark of an orderly stop included', async () => {
    const file = await written();
    const good = readFileSync(file);
    for (let bit = 0; bit < PIECES_AT * 8; bit++) {
      const bad = Buffer.from(good);
      bad[bit >> 3] = bad[bit >> 3]! ^ (1 << (bit & 7));
      writeFileSync(file, bad);
      await expect(contentsOf(file), `bit ${bit}`).rejects.toThrow(/^it(s| )/);
    }
  });

  it('is refused with more behind it', async () => {
    const file = await written();
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('x')]));
    await expect(contentsOf(file)).rejects.toThrow('some of its bytes are broken');
  });

  it.each(['', 'SDRSTATE', 'some other file that is long enough to be one of state, as far as its length goes'])(
    'is refused: %j',
    async (text) => {
      const file = await written();
      writeFileSync(file, text);
      await expect(contentsOf(file)).rejects.toThrow(/^it(s| )/);
    },
  );

  it('is refused with its version when that is another one', async () => {
    const file = await written();
    const later = readFileSync(file);
    later[8] = VERSION + 1;
    writeFileSync(file, later);
    await expect(contentsOf(file)).rejects.toThrow(`its format is "${VERSION + 1}", and this statsdrain reads "1"`);
  });

  it('is refused when it is that of another owner', async () => {
    const file = await written();
    await expect(openStateFile(file, 'backend-a')).rejects.toThrow('it is that of "gauges", not of "backend-a"');
  });
});

describe('a file of state', () => {
  it('that is not there is undefined', async () => {
    expect(await openStateFile(join(folderWith({}), 'none', 'gauges.state'), 'gauges')).toBeUndefined();
  });

  it('can be marked as that of an orderly stop, and as none', async () => {
    const file = await written();
    const marks: boolean[] = [];
    for (const orderly of [true, false, true]) {
      await markStateFile(file, orderly);
      const state = await openStateFile(file, 'gauges');
      marks.push(state!.orderly);
      await state!.close();
    }
    expect(marks).toEqual([true, false, true]);
    expect(await contentsOf(file)).toHaveLength(20);
  });
});
