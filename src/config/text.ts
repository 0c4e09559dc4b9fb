import { isUtf8 } from 'node:buffer';

/** Text in an encoding other than UTF-8: what is wrong, and how to mend it. */
export class EncodingProblem extends Error {
  override readonly name = 'EncodingProblem';
}

/** The text of a file in UTF-8. Throws an {@link EncodingProblem}. */
export function decode(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (isUtf8(bytes)) return asUtf8(text);
  asUtf8(text);
  const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
  throw new EncodingProblem(`line ${line}: a character is not in UTF-8; save the file in UTF-8`);
}

/** `text` was read as UTF-8: had it been UTF-16, every other byte of it were NUL now, and the mark before them no character. */
export function asUtf8(text: string): string {
  if (!/^\uFFFD{0,2}(?:[^\0]\0|\0[^\0])/.test(text)) return text;
  throw new EncodingProblem('the file is in UTF-16; save it in UTF-8 (PowerShell: "Set-Content -Encoding utf8")');
}
