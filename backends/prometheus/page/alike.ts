/** Numbers with a text each, in the order in which they came; most have one of their own. */
export interface Alike {
  /** The first number with this text. */
  first(text: string): number | undefined;
  add(text: string, number: number): void;
  /** Each text and the first number that has it. */
  readonly firsts: Iterable<readonly [text: string, first: number]>;
  /** All that have the text of this one, which is the first of them; undefined where it is alone. */
  like(first: number): readonly number[] | undefined;
}

export function createAlike(): Alike {
  const firsts = new Map<string, number>();
  const groups = new Map<number, number[]>();
  return {
    first: (text) => firsts.get(text),
    add(text, number) {
      const first = firsts.get(text);
      if (first === undefined) {
        firsts.set(text, number);
        return;
      }
      const group = groups.get(first);
      if (group === undefined) groups.set(first, [first, number]);
      else group.push(number);
    },
    firsts,
    like: (first) => groups.get(first),
  };
}
