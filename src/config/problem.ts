import { escapeControls } from '../kit/escape.ts';

/** Where in a configuration: keys and list positions from the root. */
export type ConfigPath = readonly (string | number)[];

/** One mistake: where, and a sentence that gives what was written and what is allowed. */
export interface Problem {
  readonly path: ConfigPath;
  readonly text: string;
}

/** All mistakes of a configuration file, each a line of its own that begins with the file's name. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** `backends[1].apiKey` */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[\w$-]+$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

export function pathKey(path: ConfigPath): string {
  return JSON.stringify(path);
}

/** What is at `path` in `root`; undefined when there is nothing. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}

const longestQuote = 80;

/** A value as a message quotes it, without the credentials of a URL. Lists and objects are only named. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  if (typeof value === 'object') return 'an object';
  const text = (JSON.stringify(value) ?? 'nothing').replace(/\/\/[^/@\s"]*@/, '//…@');
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…"` : text;
}

/** The problems in the order of the document that `root` was read from, as lines. */
export function formatProblems(file: string, root: unknown, problems: readonly Problem[]): string[] {
  const lines = inOrder(root, problems).map(({ path, text }) => {
    const where = formatPath(path);
    return escapeControls(where === '' ? `${file}: ${text}` : `${file}: ${where}: ${text}`);
  });
  return [...new Set(lines)];
}

/** The problems in the order of the document that `root` was read from. */
export function inOrder(root: unknown, problems: readonly Problem[]): Problem[] {
  const places = new Map(problems.map((problem) => [problem, placeIn(root, problem.path)]));
  return [...problems].sort((a, b) => comparePlaces(places.get(a) ?? [], places.get(b) ?? []));
}

function placeIn(root: unknown, path: ConfigPath): number[] {
  const place: number[] = [];
  let value = root;
  for (const key of path) {
    const keys: readonly (string | number)[] = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const index = keys.indexOf(String(key));
    place.push(index === -1 ? keys.length : index);
    value = valueAt(value, [key]);
  }
  return place;
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
