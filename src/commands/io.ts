import type { Config } from '../config/load.ts';
import type { Screen } from './screen.ts';

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
  /** Aborts when the process is asked to end, or nobody reads its output any more. From the first call on a signal ends nothing by itself. Absent: never. */
  readonly interruption?: (() => AbortSignal) | undefined;
  /** Takes over the terminal until `close`. Absent where standard input or output is none. */
  readonly screen?: (() => Screen) | undefined;
  /**
   * Runs the server until it ends, and gives the exit code. Rejects when the configuration cannot be loaded. `takesOver`: it takes the
   * place of the one that runs at present.
   */
  serve(file: string, load: () => Promise<Config>, takesOver?: boolean): Promise<number>;
}

/** An option of a command, as `parseArgs` of Node.js takes it, with what help, completion and the manual say of it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands behind it in texts: `file`, `folder`, `n`. Of those with a value. */
  readonly value?: string;
  /** The values that it takes, where they are few. */
  readonly values?: readonly string[];
  /** Half a sentence. */
  readonly says: string;
}

export type Flags = Readonly<Record<string, Option>>;

/** One verb of the command line. `run` is given what follows the verb, and gives the exit code. */
export interface Command {
  /** One line, as it stands in the list of commands. */
  readonly summary: string;
  /** What is said of it before its options: whole lines of at most 100 characters. */
  readonly about: string;
  readonly options: Flags;
  /** What is said behind the options: whole lines, those of the shell indented by two. */
  readonly examples: string;
  /** The synopsis without the program's name. */
  readonly usage: string;
  /** What completion offers besides options: files, or these words first. */
  readonly words?: readonly string[];
  run(args: readonly string[], io: Io): Promise<number>;
}

/** A command line that cannot be followed: what was given, and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
