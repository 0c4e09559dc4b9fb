import type { Config } from '../config/load.ts';
import type { ProcessLogger } from '../process/log.ts';

/**
 * The command line's way to run the server: only it needs the pipeline. Gives the exit code. `takesOver`: in place of the one that runs.
 */
export async function serve(
  file: string,
  load: () => Promise<Config>,
  log: ProcessLogger,
  takesOver = false,
): Promise<number> {
  const { startDispatchThread } = await import('../dispatch/link.ts');
  // The thread loads its modules on another core while this one loads zod and the configuration: a fifth of the time to `ready`.
  const dispatch = startDispatchThread();
  try {
    const config = await load();
    const { runServer } = await import('../server.ts');
    return await runServer(file, config, dispatch, log, takesOver);
  } catch (error) {
    dispatch.end();
    throw error;
  }
}
