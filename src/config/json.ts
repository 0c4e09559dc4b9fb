export type JsonResult =
  | { readonly ok: true; readonly value: unknown; readonly duplicates: readonly DuplicateKey[] }
  | { readonly ok: false; readonly line: number; readonly column: number; readonly message: string };

/** A key that an object has twice: `JSON.parse` would take the last one in silence. */
export interface DuplicateKey {
  /** Keys and list positions from the root. */
  readonly path: readonly (string | number)[];
  readonly firstLine: number;
  readonly line: number;
}

const deepest = 100;
const noComments = 'JSON has no comments; remove it, or keep it as "_notes": ["…"] in the root';
const scalar = /[^\s,:[\]{}"']*/y;

class SyntaxProblem extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/**
 * `JSON.parse` with the line and column of a mistake, which Node does not always tell, and without the document's
 * text in the message: it may hold secrets.
 */
export function parseJson(source: string): JsonResult {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  try {
    const duplicates = scan(text);
    return { ok: true, value: JSON.parse(text), duplicates };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const before = text.slice(0, error.at).split('\n');
    return { ok: false, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: error.message };
  }
}

function isScalar(text: string): boolean {
  return /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(text);
}

function scan(text: string): DuplicateKey[] {
  const duplicates: DuplicateKey[] = [];
  const path: (string | number)[] = [];
  let at = 0;

  const fail = (message: string, position = at): never => {
    throw new SyntaxProblem(position, message);
  };
  const lineOf = (position: number): number => text.slice(0, position).split('\n').length;

  function space(): void {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
    if (text.startsWith('//', at) || text.startsWith('/*', at) || text[at] === '#') fail(noComments);
  }

  function found(): string {
    if (at >= text.length) return 'the end of the file';
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    return character === '"' ? 'a string' : `"${character}"`;
  }

  function string(): string {
    const start = at;
    if (text[at] === "'") fail('strings need double quotes (")');
    if (text[at] !== '"') fail(`expected a string in double quotes, found ${found()}`);
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length || text[at] === '\n') fail('this string has no closing quote', start);
      if (text.charCodeAt(at) < 0x20) fail('a control character in a string; write it as an escape such as "\\t"');
      if (text[at] === '\\' && !/^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(++at, at + 5))) {
        fail('an unknown escape in a string; a backslash itself is written "\\\\"', at - 1);
      }
    }
    at++;
    return JSON.parse(text.slice(start, at)) as string;
  }

  /** After an item: true when another one follows. */
  function next(close: string, opened: number): boolean {
    space();
    if (text[at] === close) return false;
    if (text[at] === ',') {
      const comma = at++;
      space();
      if (text[at] === close) fail(`a comma before "${close}"; remove it`, comma);
      return true;
    }
    if (at >= text.length) fail(`the "${close === '}' ? '{' : '['}" of line ${lineOf(opened)} is never closed`);
    return fail(`expected "," or "${close}", found ${found()}`);
  }

  function object(): void {
    const opened = at++;
    const firstLines = new Map<string, number>();
    space();
    for (let more = text[at] !== '}'; more; more = next('}', opened)) {
      space();
      if (/[\w$]/.test(text.charAt(at))) fail('keys need double quotes (")');
      const start = at;
      const key = string();
      path.push(key);
      const firstLine = firstLines.get(key);
      if (firstLine === undefined) firstLines.set(key, lineOf(start));
      else duplicates.push({ path: [...path], firstLine, line: lineOf(start) });
      space();
      if (text[at] !== ':') fail(`expected ":" after the key, found ${found()}`);
      at++;
      value();
      path.pop();
    }
    at++;
  }

  function list(): void {
    const opened = at++;
    space();
    let index = 0;
    for (let more = text[at] !== ']'; more; more = next(']', opened)) {
      path.push(index++);
      value();
      path.pop();
    }
    at++;
  }

  function value(): void {
    space();
    if (path.length > deepest) fail(`nested more than ${deepest} levels deep`);
    if (text[at] === '{') object();
    else if (text[at] === '[') list();
    else if (text[at] === '"' || text[at] === "'") string();
    else word();
  }

  function word(): void {
    scalar.lastIndex = at;
    const literal = scalar.exec(text)?.[0] ?? '';
    if (!isScalar(literal)) fail(`expected a value, found ${found()}`);
    at += literal.length;
  }

  space();
  if (at >= text.length) fail('the file is empty');
  value();
  space();
  if (at < text.length) fail(`expected the end of the file, found ${found()}`);
  return duplicates;
}
