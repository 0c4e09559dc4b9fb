import type { Io } from '../../src/commands/io.ts';
import { main } from '../../src/commands/main.ts';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The configuration files that the server was started with. */
  readonly served: readonly string[];
}

/** Runs a command line as `statsdrain` would, with nothing of this process but what `io` gives. */
export async function runCommand(args: readonly string[], io: Partial<Io> = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const served: string[] = [];
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    color: false,
    cwd: '/',
    env: {},
    read: () => '',
    serve: async (file, load) => {
      await load();
      served.push(file);
      return 0;
    },
    ...io,
  });
  return { code, out, err, served };
}
