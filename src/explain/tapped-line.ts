import type { Config, LoadedFrontend } from '../config/load.ts';
import { createVerdicts, type Verdict } from './line-verdict.ts';

interface Reader {
  readonly frontend: LoadedFrontend;
  readonly settings: Config['settings'];
  readonly read: (line: Uint8Array) => Verdict;
}

/** Reads lines as the front-end does that received them. `config`: the running configuration. */
export function createTapReader(config: () => Pick<Config, 'settings' | 'frontends'>) {
  const readers = new Map<string, Reader>();

  function readerOf(name: string): Reader | undefined {
    const { settings, frontends } = config();
    const frontend = frontends.find((one) => one.name === name);
    const known = readers.get(name);
    if (known?.frontend === frontend && known?.settings === settings) return known;
    readers.delete(name);
    if (frontend === undefined) return undefined;
    const made = { frontend, settings, read: createVerdicts(frontend, settings) };
    readers.set(name, made);
    return made;
  }

  /** Undefined: that front-end has gone. */
  return (frontend: string, line: Uint8Array): Verdict | undefined => readerOf(frontend)?.read(line);
}
