import { expect, it } from 'vitest';
import { quoted, readAnswer } from '../../../src/kit/http/response-text.ts';

async function* chunks(...parts: readonly (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

it('is read across chunks, characters too', async () => {
  const bytes = Buffer.from('größe');
  expect(await readAnswer(chunks(bytes.subarray(0, 3), bytes.subarray(3)))).toBe('größe');
});

it('is what came before it broke off', async () => {
  expect(await readAnswer(chunks('{"err', new Error('reset')))).toBe('{"err');
});

it('ends at 64 KiB', async () => {
  let taken = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      taken++;
      yield Buffer.alloc(1000, 'x');
    }
  }
  expect(await readAnswer(endless())).toBe('x'.repeat(65_536));
  expect(taken).toBe(66);
});

it.each([
  ['no such database', ' "no such database"'],
  ['{\n  "error":\t"x\u001b[31m\u202e"\r\n}\n', ' "{ "error": "x [31m " }"'],
  ['x'.repeat(300), ` "${'x'.repeat(200)}"`],
  [' \n', ''],
  ['', ''],
])('%j is quoted as %s', (answer, want) => {
  expect(quoted(answer)).toBe(want);
});
