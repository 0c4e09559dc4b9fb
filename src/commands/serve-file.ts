import { resolve } from 'node:path';
import { load } from './configuration.ts';
import { type Io, UsageError } from './io.ts';

/**
 * Runs the server with a configuration. What follows it on the command line can only be a wish for help. `takesOver`: in place of the one that
 * runs.
 */
export async function serveFile(given: string, [extra]: readonly string[], io: Io, takesOver = false): Promise<number> {
  if (extra === '--help' || extra === '-h') {
    const { printHelp } = await import('./words.ts');
    return printHelp([], io);
  }
  if (extra !== undefined) throw new UsageError(`unexpected argument "${extra}"; see "statsdrain --help"`);
  const file = resolve(io.cwd, given);
  return takesOver ? io.serve(file, () => load(file, io), true) : io.serve(file, () => load(file, io));
}
