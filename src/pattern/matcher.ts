/** What names are held against. */
export interface Matcher {
  /** How many groups there are beside the whole match. */
  readonly groups: number;
  /** The number of each group that has a name. */
  readonly names: ReadonlyMap<string, number>;
  /** The whole match and what each group matched (empty where it took no part); undefined for a name that does not match. */
  match(name: string): readonly string[] | undefined;
}

/** What a group matched, by its number or its name. */
export function groupText({ names }: Matcher, match: readonly string[]): (group: number | string) => string {
  return (group) => match[typeof group === 'number' ? group : (names.get(group) ?? -1)] ?? '';
}
