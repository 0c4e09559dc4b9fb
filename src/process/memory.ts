import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { collectGarbage } from '../kit/garbage.ts';

/** Of the GNU C library. */
interface Malloc {
  malloc_trim(pad: number): number;
  mallopt(parameter: number, value: number): number;
}

/** `M_MMAP_THRESHOLD` of malloc.h. */
const MMAP_THRESHOLD = -3;
/** What it is until a larger block is freed. Bytes. */
const LARGE_BLOCK = 131_072;

let malloc: Malloc | 'none' | undefined;

/**
 * Gives back to the system what this thread holds no more. V8 does so only in a full collection, which a thread that has
 * become idle never runs, and the C library keeps what was freed in small pieces: of 500 MB for a million series 390 would
 * stay. For the rare moments when much has been let go: it stops the thread for some milliseconds.
 */
export function releaseMemory(): void {
  collectGarbage();
  loaded()?.malloc_trim(0);
}

/**
 * Has the C library give large blocks back to the system as they are freed, from now on. By itself it does so only up to the largest that was freed,
 * and keeps holes for all up to its size from then on: with a million counters the process held 443 MB after a window, and holds 390; with a million
 * mixed series and a console 628, and 540. Whoever says otherwise in the environment has it so.
 */
export function returnLargeBlocks(env: NodeJS.ProcessEnv = process.env, of: Malloc | undefined = loaded()): void {
  if (env.MALLOC_MMAP_THRESHOLD_ === undefined && env.GLIBC_TUNABLES === undefined)
    of?.mallopt(MMAP_THRESHOLD, LARGE_BLOCK);
}

/**
 * Whether the young generations of this process's threads may grow. V8 lets them grow to 48 MB each, which then are full of
 * garbage: a drain that takes 4,000 requests/s holds 123 MB instead of 98, with the same CPU. Only a dispatch thread with very
 * many series gains by it: at a million it spends 7 % of its time collecting garbage instead of 26 %. V8 allows it again
 * with each thread that starts (`Heap::ConfigureHeap`), so it is forbidden again when one has started.
 */
export function allowYoungGenerationsToGrow(allowed: boolean): void {
  setFlagsFromString(`--semi-space-growth-factor=${allowed ? 2 : 1}`);
}

/** Undefined where there are not both it and koffi. */
function loaded(): Malloc | undefined {
  malloc ??= loadMalloc() ?? 'none';
  return malloc === 'none' ? undefined : malloc;
}

function loadMalloc(): Malloc | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const library = koffi.load(null);
    return {
      malloc_trim: library.func('int malloc_trim(size_t)'),
      mallopt: library.func('int mallopt(int, int)'),
    };
  } catch {
    return undefined;
  }
}
