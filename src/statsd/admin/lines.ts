/**
 * Cuts what a connection sends into commands.
 *
 * The original takes each chunk that it happens to receive for one command. Here lines end with LF, wherever the chunks
 * are cut; of a chunk that has commands blank lines are nothing, and one without any is one empty command. A client that
 * sends a command without LF, as the original let it, is answered after a quiet moment, or when it ends the connection.
 */
export interface CommandLines {
  push(text: string): void;
  /** Nothing follows. */
  end(): void;
  stop(): void;
}

export interface CommandLinesOptions {
  command(line: string): void;
  /** Whether a line without LF is to be taken after {@link QUIET_MS}. */
  isAnswerable(line: string): boolean;
  /** A line is longer than {@link MAX_LINE}. Nothing follows. */
  tooLong(): void;
}

export const QUIET_MS = 200;
/** Characters. */
export const MAX_LINE = 65_536;

export function createCommandLines({ command, isAnswerable, tooLong }: CommandLinesOptions): CommandLines {
  let tail = '';
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function stop(): void {
    stopped = true;
    tail = '';
    clearTimeout(timer);
  }

  function takeTail(): void {
    const line = tail;
    tail = '';
    command(line);
  }

  return {
    push(text) {
      if (stopped) return;
      clearTimeout(timer);
      const lines = (tail + text).split('\n');
      tail = lines.pop()!;
      if (tail.length > MAX_LINE || lines.some(({ length }) => length > MAX_LINE)) {
        stop();
        return tooLong();
      }
      const commands = lines.filter((line) => line.trim() !== '');
      for (const line of commands) command(line);
      if (lines.length > 0 && commands.length === 0 && tail.trim() === '') command('');
      if (tail === '') return;
      timer = setTimeout(() => {
        if (isAnswerable(tail)) takeTail();
      }, QUIET_MS);
    },
    end() {
      clearTimeout(timer);
      if (!stopped && tail !== '') takeTail();
    },
    stop,
  };
}
