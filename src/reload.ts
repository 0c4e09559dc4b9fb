import { changesBetween, restartNeeded } from './config/changes.ts';
import { type Config, ConfigError } from './config/load.ts';
import { watchContent } from './kit/watch.ts';
import type { Logger } from './plugin.ts';

/** Goes over to another configuration whenever it is told to, or the file changes; to a good one only. */
export interface Reloader {
  /** Reads the file again; resolves when that is done. Never rejects. */
  reload(): Promise<void>;
  /** Ends the watch. */
  end(): void;
}

export interface ReloaderOptions {
  readonly config: Config;
  load(): Promise<Config>;
  /** Gives what the log says about the result. */
  apply(config: Config): Promise<Readonly<Record<string, readonly string[]>>>;
  readonly log: Logger;
  readonly watch?: typeof watchContent;
  readonly process?: { title: string };
}

export function createReloader(options: ReloaderOptions): Reloader {
  const { load, apply, log, watch = watchContent } = options;
  const ownProcess = options.process ?? process;
  const ownTitle = ownProcess.title;
  let { config } = options;
  let running = Promise.resolve();
  let ended = false;
  let endWatch: (() => void) | undefined;

  function follow({ settings: { title, watch: wanted }, file }: Config, before?: Config): void {
    if (title !== before?.settings.title) ownProcess.title = title ?? ownTitle;
    if (!wanted) {
      endWatch?.();
      endWatch = undefined;
      return;
    }
    endWatch ??= watch({
      file,
      changed: () => void enqueue('file'),
      gone: () => log.warn(`${file} is gone; going on with the configuration that was in it`),
    });
  }

  async function reload(cause: 'signal' | 'file'): Promise<void> {
    try {
      const next = await load();
      const changed = changesBetween(config, next);
      if (cause === 'file' && changed.length === 0) {
        log.info('the configuration file was written, nothing in it changed');
        config = next;
        return;
      }
      const result = await apply(next);
      log.info('configuration reloaded', { ...result, changed });
      const restart = restartNeeded(config, next);
      if (restart.length > 0) log.warn('a part of the change takes effect at the next start only', { restart });
      const before = config;
      config = next;
      follow(next, before);
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [(error as Error).message];
      for (const problem of problems) log.error(problem);
      log.error('the configuration was not reloaded; going on with the old one');
    }
  }

  async function enqueue(cause: 'signal' | 'file'): Promise<void> {
    running = running.then(() => (ended ? undefined : reload(cause)));
    return running;
  }

  follow(config);
  return {
    reload: () => enqueue('signal'),
    end() {
      ended = true;
      endWatch?.();
    },
  };
}
