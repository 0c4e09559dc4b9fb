import { createRequire } from 'node:module';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { collectGarbage } from '../kit/garbage.ts';

let isLoaded = false;
let trim: (() => void) | undefined;

/**
 * Gives back to the system what this thread holds no more. V8 does so only in a full collection, which a thread that has
 * become idle never runs, and the C library keeps what was freed in small pieces: of 500 MB for a million series 390 would
 * stay. For the moments when much has been let go: it stops the thread for some milliseconds.
 */
export function releaseMemory(): void {
  if (!isLoaded) trim = loadTrim();
  isLoaded = true;
  collectGarbage();
  trim?.();
}

/** Bytes of a heap that is collected in less than 20 ms. */
const QUICK_HEAP = 48 * 1024 * 1024;

/**
 * As {@link releaseMemory}, for a thread that has let large arrays go and holds few objects; in a thread with many it does nothing. V8
 * counts arrays of 64 MB before it looks: a window of 2 million values held as much again until the next one.
 */
export function releaseArrays(): void {
  if (getHeapStatistics().used_heap_size < QUICK_HEAP) releaseMemory();
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

/** Of malloc.h. */
const M_MMAP_THRESHOLD = -3;
/**
 * Bytes from which on a piece of memory is the system's again when it is let go: what the library begins with, and raises to 32 MiB as
 * large pieces come and go. Those of threads then lie between smaller ones for good: 20 MB of windows of 2 million values.
 */
const MMAP_THRESHOLD = 128 * 1024;

/** malloc_trim of the GNU C library, where there are it and koffi. */
function loadTrim(): (() => void) | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const library = koffi.load(null);
    const mallocTrim = library.func('int malloc_trim(size_t)');
    library.func('int mallopt(int, int)')(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
    return () => {
      mallocTrim(0);
    };
  } catch {
    return undefined;
  }
}
