/** Bytes at which Heroku and log-shuttle cut a message; what is left of it comes as the next one of its process. */
const CUT_AT = 10_000;
/** Processes that are remembered. */
const MOST = 1000;

/** Which processes have a message under way that was cut. */
export interface Continuations {
  /** Empty: nothing has been cut, and nothing needs to be asked. */
  readonly isEmpty: boolean;
  /** Whether the next message of a process continues the one before, and forgets it. */
  take(process: string): boolean;
  add(process: string): void;
}

/** Without its end, and as long as those that are cut: in full or without its head. */
export function isCut(messageBytes: number, textBytes: number, hasEnd: boolean): boolean {
  return !hasEnd && (textBytes === CUT_AT || messageBytes === CUT_AT);
}

export function createContinuations(): Continuations {
  const processes = new Set<string>();
  return {
    get isEmpty() {
      return processes.size === 0;
    },
    take: (process) => processes.delete(process),
    add(process) {
      if (processes.size >= MOST) processes.delete(processes.keys().next().value!);
      processes.add(process);
    },
  };
}
