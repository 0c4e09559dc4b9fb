import type { Config } from '../config/load.ts';

/** What a command may touch of the process. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Standard error is a terminal that takes colours. */
  readonly color: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** All of standard input. */
  read(): string;
  /**
   * Runs the server until it ends, and gives the exit code. Rejects when the configuration cannot be loaded. `takesOver`: it takes the
   * place of the one that runs at present.
   */
  serve(file: string, load: () => Promise<Config>, takesOver?: boolean): Promise<number>;
}

/** One verb of the command line. `run` is given what follows the verb, and gives the exit code. */
export interface Command {
  /** One line, as it stands in the list of commands. */
  readonly summary: string;
  /** What `--help` prints below the synopsis; ends with LF. */
  readonly help: string;
  /** The synopsis without the program's name. */
  readonly usage: string;
  run(args: readonly string[], io: Io): Promise<number>;
}

/** A command line that cannot be followed: what was given, and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
