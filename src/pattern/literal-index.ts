/** Tells of which lists of literals a text may have all, in time that does not grow with the number of lists. */
export interface LiteralIndex {
  /** The numbers of the lists, ascending; each of their literals is in the text, in order and not one over the other. */
  candidates(text: string): readonly number[];
}

interface Node {
  readonly next: Map<number, Node>;
  readonly lists: number[];
}

/** A list without literals is always among the candidates. */
export function createLiteralIndex(lists: readonly (readonly string[])[]): LiteralIndex {
  const root = createNode();
  const always: number[] = [];
  const counts = new Map<string, number>();
  for (const literal of lists.flatMap((list) => [...new Set(list)]))
    counts.set(literal, (counts.get(literal) ?? 0) + 1);
  for (const [number, list] of lists.entries()) {
    const literal = rarest(list, counts);
    if (literal === undefined) always.push(number);
    else nodeOf(root, literal).lists.push(number);
  }

  return {
    candidates(text) {
      const found = new Set(always);
      for (let start = 0; start < text.length; start++) {
        let node = root.next.get(text.charCodeAt(start));
        for (let at = start + 1; node !== undefined; at++) {
          for (const number of node.lists) if (hasAll(text, lists[number]!)) found.add(number);
          node = node.next.get(text.charCodeAt(at));
        }
      }
      return [...found].sort((a, b) => a - b);
    },
  };
}

function createNode(): Node {
  return { next: new Map(), lists: [] };
}

/** That of the fewest lists; of those the longest one. */
function rarest(list: readonly string[], counts: ReadonlyMap<string, number>): string | undefined {
  const cost = (literal: string) => counts.get(literal)! - literal.length / 1000;
  return [...list].sort((a, b) => cost(a) - cost(b))[0];
}

function nodeOf(root: Node, literal: string): Node {
  let node = root;
  for (let at = 0; at < literal.length; at++) {
    const code = literal.charCodeAt(at);
    const next = node.next.get(code) ?? createNode();
    node.next.set(code, next);
    node = next;
  }
  return node;
}

function hasAll(text: string, literals: readonly string[]): boolean {
  let from = 0;
  for (const literal of literals) {
    const at = text.indexOf(literal, from);
    if (at < 0) return false;
    from = at + literal.length;
  }
  return true;
}
