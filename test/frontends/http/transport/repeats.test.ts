import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openRepeats } from '../../../../frontends/http/transport/repeats.ts';
import { frontendContext } from '../../../helper/intake.ts';

function spool(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statsdrain-repeats-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('gives a successor what was taken and what is under way, without a folder too', async () => {
  const context = frontendContext();
  const before = await openRepeats(context);
  before.add('a');
  before.underWay.add('b');
  await before.close();
  const after = await openRepeats(context);
  expect([after.has('a'), after.has('c'), after.underWay.has('b')]).toEqual([true, false, true]);
  const other = await openRepeats(frontendContext());
  expect(other.has('a')).toBe(false);
});

it('gives the next process what was taken, where there is a folder', async () => {
  const folder = async () => at;
  const at = spool();
  const before = await openRepeats(frontendContext({ folder }));
  before.add('a');
  await before.close();
  const after = await openRepeats(frontendContext({ folder }));
  onTestFinished(() => after.close());
  expect([after.has('a'), after.has('c')]).toEqual([true, false]);
});

it('goes on in memory where the folder is of no use, and says what that means', async () => {
  const context = frontendContext({ folder: () => Promise.reject(new Error('EACCES: permission denied')) });
  const repeats = await openRepeats(context);
  repeats.add('a');
  expect(repeats.has('a')).toBe(true);
  await repeats.close();
  expect(context.logged).toEqual([
    { level: 'warn', message: expect.stringMatching(/spool.*permission denied.*counts twice/), fields: {} },
  ]);
});
