import type { ReadStream, WriteStream } from 'node:tty';

/** A terminal that was taken over: its second page, with nothing on it, and keys as they are pressed. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Colours are welcome. */
  readonly colour: boolean;
  /** Shows these lines, from the top. None may be wider than the terminal, nor may there be more than it has. */
  show(lines: readonly string[]): void;
  /** The next key: a character, or `up`, `down`, `enter`, `escape`, `backspace`, `interrupt`; `resize` when the size changed. */
  onKey(listener: (key: string) => void): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

export function openScreen(input: ReadStream, output: WriteStream, colour: boolean): Screen {
  let listener: (key: string) => void = () => undefined;
  let isOpen = true;
  const onData = (data: Buffer | string) => {
    for (const key of keysOf(data.toString())) listener(key);
  };
  const onResize = () => listener('resize');
  // The terminal went away: nobody presses a key any more.
  const onEnd = () => listener('interrupt');

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    input.off('data', onData).off('end', onEnd).off('error', onEnd);
    output.off('resize', onResize);
    process.off('exit', close);
    output.write(LEAVE);
    try {
      input.setRawMode(false);
    } catch {
      // A terminal that is gone has no mode.
    }
    input.pause();
  }

  // What ends the process without a way back through here leaves the terminal usable all the same.
  process.on('exit', close);
  output.write(ENTER);
  output.on('resize', onResize);
  input.setRawMode(true);
  input.on('data', onData).on('end', onEnd).on('error', onEnd);
  input.resume();
  return {
    get columns() {
      return output.columns || 80;
    },
    get rows() {
      return output.rows || 24;
    },
    colour,
    show(lines) {
      // In one piece, and each line cleared behind its end, so that nothing flickers.
      output.write(`\u001b[H${lines.map((line) => `${line}\u001b[0m\u001b[K`).join('\r\n')}\u001b[J`);
    },
    onKey(next) {
      listener = next;
    },
    close,
  };
}

const named: ReadonlyMap<string, string> = new Map([
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['\u001b[B', 'down'],
  ['\u001bOB', 'down'],
  ['\u001b[5~', 'pageup'],
  ['\u001b[6~', 'pagedown'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\u001b', 'escape'],
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\u0003', 'interrupt'],
  ['\u0004', 'interrupt'],
]);

/** What was pressed, one after the other: a terminal sends several bytes for some keys, and pasted text at once. */
export function keysOf(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal sends.
  const parts = text.match(/\u001b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])?|./gsu) ?? [];
  return parts.flatMap((part) => {
    const name = named.get(part);
    if (name !== undefined) return [name];
    // Other keys without a character.
    return part < ' ' ? [] : [part];
  });
}
