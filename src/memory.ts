import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;
let trim: (() => void) | undefined;

/**
 * Gives back to the system what this thread holds no more. V8 does so only in a full collection, which a thread that has
 * become idle never runs, and the C library keeps what was freed in small pieces: of 500 MB for a million series 390 would
 * stay. For the rare moments when much has been let go: it stops the thread for some milliseconds.
 */
export function releaseMemory(): void {
  if (collect === undefined) {
    // Only contexts that are made afterwards have the function.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    trim = loadTrim();
  }
  collect();
  trim?.();
}

/**
 * Keeps the young generation of a thread from growing. V8 lets it grow to 48 MB, which then are full of garbage: a drain that
 * takes 4,000 requests/s holds 123 MB instead of 98, with the same CPU. V8 forgets it with each thread that starts
 * (`Heap::ConfigureHeap`), so it is said again when one has started; threads with `resourceLimits` begin with their whole
 * young generation and are not concerned.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** malloc_trim of the GNU C library, where there are it and koffi. */
function loadTrim(): (() => void) | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const mallocTrim = koffi.load(null).func('int malloc_trim(size_t)');
    return () => {
      mallocTrim(0);
    };
  } catch {
    return undefined;
  }
}
