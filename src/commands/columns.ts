import { escapeControls } from '../kit/escape.ts';

/** East Asian wide characters and pictures: two columns of a terminal. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Those that stand on the character before. */
const combining = /\p{M}/u;

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): number {
  if (character < '\u0300') return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** A text of strangers in exactly `width` columns: escaped, with `…` where it is cut, and filled up with spaces. */
export function cell(text: string, width: number): string {
  const cut = cutTo(text, width);
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)));
}

/** A text of strangers in at most `width` columns, escaped. */
export function cutTo(text: string, width: number): string {
  if (width <= 0) return '';
  // Names may have 8 kB, of which no terminal shows more than its width.
  const safe = escapeControls(text.slice(0, width * 8));
  if (widthOf(safe) <= width) return safe;
  let cut = '';
  let used = 0;
  for (const character of safe) {
    const columns = columnsOf(character);
    if (used + columns > width - 1) break;
    cut += character;
    used += columns;
  }
  return `${cut}…`;
}
