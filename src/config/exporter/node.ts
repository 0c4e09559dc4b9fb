import { type Alias, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** A part of a YAML file, by what is written there: `012` is a text of three characters. */
export type Part =
  | { readonly kind: 'text'; readonly line: number; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'null'; readonly line: number }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly Part[] }
  | { readonly kind: 'map'; readonly line: number; readonly fields: ReadonlyMap<string, Field> };

export interface Field {
  /** Where the key stands. */
  readonly line: number;
  readonly value: Part;
}

/** Aliases inside of aliases, and lists inside of lists: a file of some lines could else stand for more than any memory holds. */
const DEEPEST = 20;
const MOST_PARTS = 1_000_000;

interface Source {
  readonly lines: LineCounter;
  resolve(alias: Alias): Node | undefined;
}

/** Throws an `Error` on a file that is nested too deep or grows too large by its aliases. */
export function partOf(root: Node | null, source: Source): Part {
  let parts = 0;

  function lineOf(node: Node): number {
    return source.lines.linePos(node.range?.[0] ?? 0).line;
  }

  function read(node: unknown, depth: number, line: number): Part {
    if (depth > DEEPEST || ++parts > MOST_PARTS)
      throw new Error(`line ${line}: the file is nested too deep, or its aliases stand for too much`);
    if (isAlias(node)) return read(source.resolve(node), depth + 1, lineOf(node));
    if (isMap(node)) return { kind: 'map', line: lineOf(node), fields: fieldsOf(node.items, depth, lineOf(node)) };
    if (isSeq(node))
      return { kind: 'list', line: lineOf(node), items: node.items.map((item) => read(item, depth + 1, lineOf(node))) };
    if (!isScalar(node)) return { kind: 'null', line };
    const quoted = node.type !== 'PLAIN';
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    if (!quoted && node.value === null) return { kind: 'null', line: lineOf(node) };
    return { kind: 'text', line: lineOf(node), text, quoted };
  }

  /** Of a key that is there twice the last one counts; the keys of a map that is merged in (`<<`) count least. */
  function fieldsOf(
    items: readonly { key: unknown; value: unknown }[],
    depth: number,
    line: number,
  ): Map<string, Field> {
    const merged = new Map<string, Field>();
    const own = new Map<string, Field>();
    for (const { key, value } of items) {
      const name = read(key, depth + 1, line);
      const field = { line: name.line, value: read(value, depth + 1, name.line) };
      if (name.kind === 'text' && name.text === '<<' && !name.quoted)
        for (const one of mapsOf(field.value))
          for (const [each, given] of one) {
            if (!merged.has(each)) merged.set(each, given);
          }
      else own.set(name.kind === 'text' ? name.text : '', field);
    }
    return new Map([...merged, ...own]);
  }

  return read(root, 0, 1);
}

function mapsOf(part: Part): ReadonlyMap<string, Field>[] {
  if (part.kind === 'map') return [part.fields];
  return part.kind === 'list' ? part.items.flatMap(mapsOf) : [];
}
