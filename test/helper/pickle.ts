export type Point = readonly [path: string, seconds: string, value: string];

/** Whole messages of carbon's pickle receiver at the start of `bytes`, and how many bytes they take. */
export function readMessages(bytes: Buffer): {
  readonly points: Point[];
  readonly sizes: number[];
  readonly read: number;
} {
  const points: Point[] = [];
  const sizes: number[] = [];
  let read = 0;
  while (bytes.length - read >= 4) {
    const size = bytes.readUInt32BE(read);
    if (bytes.length - read < 4 + size) break;
    points.push(...unpickle(bytes.toString('latin1', read + 4, read + 4 + size)));
    sizes.push(size);
    read += 4 + size;
  }
  return { points, sizes, read };
}

/**
 * A list of points as the opcodes of protocol 0 that the original daemon uses, and `V`, give it. Throws at everything
 * else, and at strings in which Python would read something other than the text.
 */
export function unpickle(text: string): Point[] {
  type Value = string | Value[];
  const stack: Value[] = [];
  const marks: number[] = [];
  let at = 0;
  const line = () => {
    const end = text.indexOf('\n', at);
    if (end < 0) throw new Error('a line without an end');
    const found = text.slice(at, end);
    at = end + 1;
    return found;
  };
  const sinceMark = () => {
    const mark = marks.pop();
    if (mark === undefined) throw new Error('no mark');
    return stack.splice(mark);
  };
  for (;;) {
    const opcode = text[at++];
    if (opcode === '(') marks.push(stack.length);
    else if (opcode === 'l' || opcode === 't') stack.push(sinceMark());
    else if (opcode === 'S') stack.push(quoted(line()));
    else if (opcode === 'V') stack.push(unescaped(line()));
    else if (opcode === 'L') stack.push(/^(\d+)L$/.exec(line())?.[1] ?? fail('a bad number'));
    else if (opcode === 'a') {
      const item = stack.pop();
      const list = stack.at(-1);
      if (item === undefined || !Array.isArray(list)) throw new Error('nothing to append to');
      list.push(item);
    } else if (opcode === '.') break;
    else throw new Error(`the opcode ${JSON.stringify(opcode)} at ${at - 1}`);
  }
  const [list, ...more] = stack;
  if (at !== text.length || more.length > 0 || !Array.isArray(list)) throw new Error('more than one list');
  return list.map((item) => {
    const [path, rest] = item;
    const [seconds, value] = rest ?? [];
    if (typeof path !== 'string' || typeof seconds !== 'string' || typeof value !== 'string' || item.length !== 2) {
      throw new Error(`not a point: ${JSON.stringify(item)}`);
    }
    return [path, seconds, value];
  });
}

function quoted(text: string): string {
  return /^'([ -&(-[\]-~]*)'$/.exec(text)?.[1] ?? fail(`not a plain string: ${text}`);
}

function unescaped(text: string): string {
  return text.replace(/\\U([0-9a-f]{8})|\\u([0-9a-f]{4})|[^ -[\]-~]/g, (found, long?: string, short?: string) =>
    found.startsWith('\\') && found.length > 1
      ? String.fromCodePoint(Number.parseInt(long ?? short ?? '', 16))
      : fail(`not escaped: ${JSON.stringify(found)}`),
  );
}

function fail(message: string): never {
  throw new Error(message);
}
