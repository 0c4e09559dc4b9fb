import { changesBetween, restartNeeded } from './config/changes.ts';
import { type Config, ConfigError } from './config/load.ts';
import { watchContent } from './kit/watch.ts';
import type { Logger } from './plugin.ts';

/** Goes over to another configuration whenever it is told to, or the file or a mapping file changes; to a good one only. */
export interface Reloader {
  /** Reads the files again; resolves when that is done, with what is wrong with them where something is. Never rejects. */
  reload(): Promise<string | undefined>;
  /** Ends the watches. */
  end(): void;
}

export interface ReloaderOptions {
  readonly config: Config;
  load(): Promise<Config>;
  /** Gives what the log says about the result. */
  apply(config: Config): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Called when files are read again, and when that is over, with whatever result. */
  began?(): void;
  ended?(): void;
  readonly log: Logger;
  readonly watch?: typeof watchContent;
  readonly process?: { title: string };
}

export function createReloader(options: ReloaderOptions): Reloader {
  const { load, apply, log, watch = watchContent } = options;
  const ownProcess = options.process ?? process;
  const ownTitle = ownProcess.title;
  let { config } = options;
  let running: Promise<string | undefined> = Promise.resolve(undefined);
  let ended = false;
  /** Ends of watches, by file. */
  const watches = new Map<string, () => void>();

  function follow({ settings: { title, watch: wanted }, file, mappingFiles }: Config, before?: Config): void {
    if (title !== before?.settings.title) ownProcess.title = title ?? ownTitle;
    const files = new Set([...(wanted ? [file] : []), ...mappingFiles]);
    for (const [one, end] of watches) {
      if (files.has(one)) continue;
      end();
      watches.delete(one);
    }
    for (const one of files) if (!watches.has(one)) watches.set(one, watchFile(one));
  }

  function watchFile(file: string): () => void {
    return watch({
      file,
      changed: () => void enqueue(file),
      gone: () => log.warn(`${file} is gone; going on with the configuration that was in it`),
    });
  }

  async function reload(written: string | undefined): Promise<string | undefined> {
    options.began?.();
    try {
      const next = await load();
      for (const warning of next.warnings) log.warn(warning);
      const changed = changesBetween(config, next);
      if (written !== undefined && changed.length === 0) {
        const what = written === next.file ? 'the configuration file' : written;
        log.info(`${what} was written, nothing in it changed`);
        config = next;
        return undefined;
      }
      const result = await apply(next);
      log.info('configuration reloaded', { ...result, changed });
      const restart = restartNeeded(config, next);
      if (restart.length > 0) log.warn('a part of the change takes effect at the next start only', { restart });
      const before = config;
      config = next;
      follow(next, before);
      return undefined;
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [(error as Error).message];
      for (const problem of problems) log.error(problem);
      log.error('the configuration was not reloaded; going on with the old one');
      return problems.join('\n');
    } finally {
      options.ended?.();
    }
  }

  /** `written` is the file that changed, where one did. */
  async function enqueue(written?: string): Promise<string | undefined> {
    running = running.then(() => (ended ? undefined : reload(written)));
    return running;
  }

  follow(config);
  return {
    reload: () => enqueue(),
    end() {
      ended = true;
      for (const end of watches.values()) end();
    },
  };
}
