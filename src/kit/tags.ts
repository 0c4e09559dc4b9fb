/** Whether two lists of tags, both in order, are the same. */
export function sameTags(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let tag = 0; tag < a.length; tag++) if (a[tag] !== b[tag]) return false;
  return true;
}
