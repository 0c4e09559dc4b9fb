const unsafe = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
const short: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * Control characters and those that reorder or hide text become escapes (`\n`, `\u001b`), so that what comes from a
 * packet or a file can neither forge a line nor command the terminal.
 */
export function escapeControls(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return short.get(character) ?? `\\u${code}`;
  });
}
