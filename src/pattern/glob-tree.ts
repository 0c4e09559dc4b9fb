/**
 * Globs of statsd_exporter, all of which are asked at once: names and patterns are split at dots, and a `*` takes one whole part. A `**`, as
 * the last part, takes one or more parts with the dots between them; the exporter has no such thing. The time depends on the number of
 * parts, not of patterns.
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

/** At the end of a pattern. */
export const REST = '**';

interface Node {
  readonly literals: Map<string, Node>;
  star: Node | undefined;
  /** Where a pattern ends here. */
  end: End | undefined;
  /** Where one ends here in a `**`. */
  rest: End | undefined;
}

interface End {
  readonly rule: number;
  /** Which parts are captured. */
  readonly stars: readonly number[];
  /** From which part on the rest is captured. */
  readonly restAt: number | undefined;
}

/**
 * `ordered`: of several that match the one with the lowest number is taken. Else the most specific one: from the first part on a literal
 * goes before a `*`, and that before a `**`.
 */
export function createGlobTree(ordered: boolean): GlobTree {
  const root = createNode();

  function better(one: End | undefined, best: End | undefined): End | undefined {
    if (one === undefined || best === undefined) return best ?? one;
    return ordered && one.rule < best.rule ? one : best;
  }

  function search(node: Node, parts: readonly string[], at: number, before: End | undefined): End | undefined {
    if (at === parts.length) return better(node.end, before);
    let best = before;
    const literal = node.literals.get(parts[at]!);
    if (literal !== undefined) best = search(literal, parts, at + 1, best);
    if (node.star !== undefined && (best === undefined || ordered)) best = search(node.star, parts, at + 1, best);
    return better(node.rest, best);
  }

  return {
    add(pattern, rule) {
      const parts = pattern.split('.');
      const restAt = parts.at(-1) === REST ? parts.length - 1 : undefined;
      let node = root;
      for (const part of parts.slice(0, restAt)) {
        const next = (part === '*' ? node.star : node.literals.get(part)) ?? createNode();
        if (part === '*') node.star = next;
        else node.literals.set(part, next);
        node = next;
      }
      const end = { rule, restAt, stars: parts.flatMap((part, at) => (part === '*' ? [at] : [])) };
      if (restAt === undefined) node.end ??= end;
      else node.rest ??= end;
    },
    find(name) {
      const parts = name.split('.');
      const end = search(root, parts, 0, undefined);
      if (end === undefined) return undefined;
      const captures = end.stars.map((at) => parts[at]!);
      if (end.restAt !== undefined) captures.push(parts.slice(end.restAt).join('.'));
      return { rule: end.rule, captures };
    },
  };
}

function createNode(): Node {
  return { literals: new Map(), star: undefined, end: undefined, rest: undefined };
}
