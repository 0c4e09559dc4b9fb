// Control characters, marks of writing direction and other invisible ones, line separators, halves of a surrogate pair.
// With C1, because a terminal may take U+009B for the start of a command.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text on one line, in which nothing is taken for a command by a terminal: such characters become `\uXXXX`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeUnits);
}

/** `value` as JSON on one line, escaped likewise. */
export function printableJson(value: unknown): string {
  return printable(JSON.stringify(value));
}

/** JSON's escape of each UTF-16 unit, so that in a JSON string it stands for the same text. */
function escapeUnits(character: string): string {
  let escaped = '';
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NARROW = /^[\x20-\x7e]*$/;

/** Columns that a terminal needs for printable text, about. */
export function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** The start of `text` that fits into `columns`, with `…` when something is missing. */
export function truncate(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  let left = columns - 1;
  for (const character of text) {
    left -= columnsOfCharacter(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The two ends of `text` that fit into `columns`, with `…` between them when something is missing. */
export function cutMiddle(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const characters = text.match(CHARACTERS) ?? [];
  const half = Math.ceil((columns - 1) / 2);
  const start = fitting(characters, half);
  const end = fitting(characters.reverse(), columns - 1 - columnsOf(start.join('')));
  return `${start.join('')}…${end.reverse().join('')}`;
}

/** Each with the marks that are put on it. */
const CHARACTERS = /\P{M}\p{M}*|\p{M}+/gu;

/** As many of the first as fit into `columns`. */
function fitting(characters: readonly string[], columns: number): string[] {
  let left = columns;
  const end = characters.findIndex((character) => {
    left -= columnsOf(character);
    return left < 0;
  });
  return characters.slice(0, end < 0 ? undefined : end);
}

function columnsOfCharacter(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
