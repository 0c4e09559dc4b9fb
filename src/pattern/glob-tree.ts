/**
 * Globs of statsd_exporter, all of which are asked at once: names and patterns are split at dots, and a `*` takes one whole part. The
 * time depends on the number of parts, not of patterns.
 */
export interface GlobTree {
  /** Of one pattern that is there twice the first is kept. */
  add(pattern: string, rule: number): void;
  /** Undefined for a name that none matches. */
  find(name: string): GlobMatch | undefined;
}

export interface GlobMatch {
  readonly rule: number;
  /** What each `*` took. */
  readonly captures: readonly string[];
}

interface Node {
  readonly literals: Map<string, Node>;
  star: Node | undefined;
  rule: number;
}

const NO_RULE = -1;

/**
 * `ordered`: of several that match the one with the lowest number is taken. Else the most specific one: from the first part on a literal
 * goes before a `*`.
 */
export function createGlobTree(ordered: boolean): GlobTree {
  const root = createNode();

  /** The node of the pattern that is taken; `best` is one that was found before. */
  function search(node: Node, parts: readonly string[], at: number, best: Node | undefined): Node | undefined {
    if (at === parts.length) {
      if (node.rule === NO_RULE) return best;
      return best === undefined || node.rule < best.rule ? node : best;
    }
    const literal = node.literals.get(parts[at]!);
    const first = literal === undefined ? best : search(literal, parts, at + 1, best);
    if (node.star === undefined || (first !== undefined && !ordered)) return first;
    return search(node.star, parts, at + 1, first);
  }

  const stars = new Map<Node, readonly number[]>();

  return {
    add(pattern, rule) {
      const parts = pattern.split('.');
      let node = root;
      for (const part of parts) {
        if (part === '*') {
          node.star ??= createNode();
          node = node.star;
          continue;
        }
        const next = node.literals.get(part) ?? createNode();
        node.literals.set(part, next);
        node = next;
      }
      if (node.rule !== NO_RULE) return;
      node.rule = rule;
      stars.set(
        node,
        parts.flatMap((part, at) => (part === '*' ? [at] : [])),
      );
    },
    find(name) {
      const parts = name.split('.');
      const node = search(root, parts, 0, undefined);
      return node === undefined ? undefined : { rule: node.rule, captures: stars.get(node)!.map((at) => parts[at]!) };
    },
  };
}

function createNode(): Node {
  return { literals: new Map(), star: undefined, rule: NO_RULE };
}
