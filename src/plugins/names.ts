/** What a front-end or back-end may be called: names go into tags, labels and logs. */
export const nameRule = 'a name of letters, digits, "_", "." and "-"';

export function isName(text: string): boolean {
  return /^[A-Za-z0-9_.-]+$/.test(text);
}
