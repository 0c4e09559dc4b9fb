import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { returnLargeBlocks } from '../../src/process/memory.ts';

function askedFor(env: NodeJS.ProcessEnv): number[][] {
  const asked: number[][] = [];
  returnLargeBlocks(env, { malloc_trim: () => 0, mallopt: (...parameters) => asked.push(parameters) });
  return asked;
}

test('blocks of 128 KiB and more go back to the system, unless the environment says otherwise', () => {
  expect(askedFor({})).toEqual([[-3, 131_072]]);
  expect(askedFor({ MALLOC_MMAP_THRESHOLD_: '1048576' })).toEqual([]);
  expect(askedFor({ GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=1048576' })).toEqual([]);
});

const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };

/** Bytes that a process has mapped for blocks of 1 MiB after one of 16 MiB was freed: without the setting these lie in the heap. */
const program = (ask: boolean) => `
  import koffi from ${JSON.stringify(import.meta.resolve('koffi'))};
  const { returnLargeBlocks } = await import(${JSON.stringify(new URL('../../dist/src/process/memory.js', import.meta.url).href)});
  if (${ask}) returnLargeBlocks({});
  const library = koffi.load(null);
  const malloc = library.func('void *malloc(size_t)');
  const free = library.func('void free(void *)');
  const names = ['arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost'];
  koffi.struct('mallinfo2', Object.fromEntries(names.map((name) => [name, 'size_t'])));
  const mallinfo2 = library.func('mallinfo2 mallinfo2()');
  free(malloc(16 * 2 ** 20));
  const before = Number(mallinfo2().hblkhd);
  const blocks = [malloc(2 ** 20), malloc(2 ** 20)];
  process.stdout.write(String(Number(mallinfo2().hblkhd) - before));
  for (const block of blocks) free(block);
`;

test.runIf(header.glibcVersionRuntime !== undefined)('glibc does as it is told', () => {
  const mapped = (ask: boolean) =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program(ask)], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        encoding: 'utf8',
      }),
    );
  expect([mapped(false), mapped(true)]).toEqual([0, expect.closeTo(2 * 2 ** 20, -5)]);
});
