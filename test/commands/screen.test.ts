import { EventEmitter } from 'node:events';
import type { ReadStream, WriteStream } from 'node:tty';
import { expect, it } from 'vitest';
import { keysOf, openScreen } from '../../src/commands/screen.ts';

it.each([
  ['q', ['q']],
  ['\u001b[A\u001b[B', ['up', 'down']],
  ['\u001bOA', ['up']],
  ['\u001b[5~\u001b[6~', ['pageup', 'pagedown']],
  ['\u001b', ['escape']],
  ['a\r\u007f', ['a', 'enter', 'backspace']],
  ['\u0003', ['interrupt']],
  ['\u001b[1;5C\u0001é語🚀', ['é', '語', '🚀']],
])('%j is %j', (text, keys) => {
  expect(keysOf(text)).toEqual(keys);
});

it('takes the terminal, and gives it back once', () => {
  const modes: boolean[] = [];
  let written = '';
  const input = Object.assign(new EventEmitter(), {
    setRawMode: (mode: boolean) => void modes.push(mode),
    resume() {},
    pause() {},
  });
  const output = Object.assign(new EventEmitter(), {
    columns: 100,
    rows: 30,
    write: (text: string) => {
      written += text;
      return true;
    },
  });
  const screen = openScreen(input as unknown as ReadStream, output as unknown as WriteStream, true);
  const keys: string[] = [];
  screen.onKey((key) => keys.push(key));
  input.emit('data', Buffer.from('s/'));
  output.emit('resize');
  input.emit('end');
  screen.show(['one', 'two']);
  screen.close();
  screen.close();
  input.emit('data', Buffer.from('x'));
  expect(keys).toEqual(['s', '/', 'resize', 'interrupt']);
  expect([screen.columns, screen.rows, modes]).toEqual([100, 30, [true, false]]);
  expect(written.split('\u001b[?1049l')).toHaveLength(2);
  const shown = '\u001b[Hone\u001b[0m\u001b[K\r\ntwo\u001b[0m\u001b[K\u001b[J';
  expect(written).toBe(`\u001b[?1049h\u001b[?25l\u001b[?7l${shown}\u001b[?7h\u001b[?25h\u001b[?1049l`);
});
