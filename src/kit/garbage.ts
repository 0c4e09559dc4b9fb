import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { readonly type: 'minor' }) => void;

/**
 * Bytes of buffers between two collections of what was made lately, which stop the thread for half a millisecond each. V8 lets the
 * buffers that a socket has filled pile up to 50 or 60 MB: with this they are 5.
 */
const BETWEEN = 2 * 1024 * 1024;

let collect: Collect | undefined;
let bytes = 0;

/** Collects all garbage of this thread, or with `minor` what was made lately. It stops the thread meanwhile. */
export function collectGarbage(minor = false): void {
  if (collect === undefined) {
    // Only contexts that are made afterwards have the function.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  if (minor) collect({ type: 'minor' });
  else collect();
}

/** To be called with the length of each buffer that came from a socket or a decompressor and is soon let go. */
export function bufferPassed(length: number): void {
  bytes += length;
  if (bytes < BETWEEN) return;
  bytes = 0;
  collectGarbage(true);
}
