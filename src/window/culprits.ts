/** Names with a common beginning, and what their series take. */
export interface Culprit {
  /** `name`, or `prefix*`. */
  readonly pattern: string;
  /** Of all bytes that were looked at, 0 to 1. */
  readonly share: number;
}

/** A name and the bytes that its series take. */
export type NameBytes = readonly [name: string, bytes: number];

/** What a group of names must take, of all, to be told. */
const WORTH_TELLING = 0.1;
/** What the names that go on alike must take, of all, to be a group of their own. Tenths are digits, so that these are not told apart. */
const GROUP = 0.25;
const MOST = 3;
/** Characters of a name that are looked at, and shown. */
const SHOWN = 60;

/** The names, or beginnings of names, that take the most bytes; the largest first. */
export function culpritsOf(entries: Iterable<NameBytes>): Culprit[] {
  const byName = new Map<string, number>();
  let total = 0;
  for (const [name, bytes] of entries) {
    const start = name.length <= SHOWN ? name : `${name.slice(0, SHOWN)}…`;
    byName.set(start, (byName.get(start) ?? 0) + bytes);
    total += bytes;
  }
  const found: Culprit[] = [];
  divide([...byName], total, found);
  return found
    .filter(({ share }) => share >= WORTH_TELLING)
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST);
}

/** Follows the characters of names for as long as most of what remains goes on alike. */
function divide(names: readonly NameBytes[], total: number, found: Culprit[]): void {
  const start = commonStart(names);
  const rest: NameBytes[] = [];
  for (const [character, group] of byCharacter(names, start.length)) {
    // Numbers are what names are told apart by: those that go on with one are one group already.
    const isGroup = names.length > 1 && character !== '0' && sumOf(group) >= total * GROUP;
    if (isGroup) divide(group, total, found);
    else for (const entry of group) rest.push(entry);
  }
  if (rest.length === 0) return;
  const pattern = rest.length === 1 ? rest[0]![0] : `${commonStart(rest)}*`;
  found.push({ pattern, share: sumOf(rest) / total });
}

function sumOf(names: readonly NameBytes[]): number {
  return names.reduce((sum, [, bytes]) => sum + bytes, 0);
}

function commonStart(names: readonly NameBytes[]): string {
  let start = names[0]?.[0] ?? '';
  for (const [name] of names) {
    while (!name.startsWith(start)) start = start.slice(0, -1);
  }
  return start;
}

/** By the character at `at`: digits count as one, and so do names that end there. */
function byCharacter(names: readonly NameBytes[], at: number): Map<string, NameBytes[]> {
  const groups = new Map<string, NameBytes[]>();
  for (const entry of names) {
    const character = entry[0].charAt(at).replace(/\d/, '0');
    const group = groups.get(character);
    if (group === undefined) groups.set(character, [entry]);
    else group.push(entry);
  }
  return groups;
}
