/** Lists that are remembered at a time. */
const REMEMBERED = 4096;

/** Gives one list for equal ones that come close together: most series share their tags with others, and a list takes 100 bytes and more. */
export function sharedTagLists(): (tags: readonly string[]) => readonly string[] {
  const lists = new Map<string, readonly string[]>();
  return (tags) => {
    const text = JSON.stringify(tags);
    const known = lists.get(text);
    if (known !== undefined) return known;
    if (lists.size >= REMEMBERED) lists.clear();
    lists.set(text, tags);
    return tags;
  };
}
