import { resolve } from 'node:path';
import { fileError } from '../kit/file-error.ts';
import { inText, type Reference, textOf, variableName } from '../process/reference.ts';
import { keepSecrets } from '../process/secrets.ts';
import { type ConfigPath, type Problem, pathKey, quote } from './problem.ts';

export interface Resolved {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** By {@link pathKey}: how each value that came from outside is written in the file. Messages quote this instead. */
  readonly written: ReadonlyMap<string, string>;
  /** By {@link pathKey}: what each of them can be read again from. */
  readonly sources: ReadonlyMap<string, Reference>;
  /** By {@link pathKey}: the values whose reference could not be followed. */
  readonly failed: ReadonlySet<string>;
}

/** Not repeated, since a secret may look so. */
const bare = `looks like a reference, and is none; write "\${NAME}" for what the environment variable NAME holds`;

/**
 * Follows the references in a parsed configuration: `${NAME}` in any string is an environment variable (`$${` is a
 * literal `${`), and an object whose only key is `file` is the text of that file, without a newline at its end.
 * Text that was meant to be one (`$NAME`, `%NAME%`) is a mistake. `folder` is what relative file names start from. Objects with a `file` of the original daemon's configuration are no
 * references: its modules have such keys. That holds for the whole of it (`environment`), for `statsd.config` and for
 * `config` of a block with `compat`; in `mapping` they are tags, and `${1}` is what a pattern matched there. In `rules` of a front-end nothing is a reference. `_notes` are left as they are. Whatever a reference stands for is kept from the log
 * from now on ({@link keepSecrets}).
 */
export function resolveReferences(
  root: unknown,
  folder: string,
  env: NodeJS.ProcessEnv,
  kinds: 'all' | 'environment' = 'all',
): Resolved {
  const problems: Problem[] = [];
  const written = new Map<string, string>();
  const sources = new Map<string, Reference>();
  const failed = new Set<string>();

  function fail(path: ConfigPath, text: string): void {
    problems.push({ path, text });
    failed.add(pathKey(path));
  }

  function fromEnvironment(text: string, path: ConfigPath, nativeText = false): string {
    if (nativeText && /^(?:\$[A-Z_][A-Z0-9_]*|%[A-Z_][A-Z0-9_]*%)$/.test(text)) fail(path, bare);
    if (!text.includes('${')) return text;
    return text.replace(inText, (match: string, name: string | undefined, close: string) => {
      if (name === undefined) return '${';
      if (close !== '' && /^\d+$/.test(name) && isInMapping(path)) return match;
      written.set(pathKey(path), quote(text));
      sources.set(pathKey(path), { kind: 'text', text });
      const [, variable, preset] = variableName.exec(name) ?? [];
      if (close === '' || variable === undefined) {
        fail(path, `${quote(match)} is no reference; write "\${NAME}", or "$\${" for a literal "\${"`);
        return match;
      }
      const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
      if (value !== undefined) keepSecrets([{ value, mark: `\${${variable}}` }]);
      if (preset !== undefined) return value || preset;
      if (value === undefined) fail(path, `the environment variable ${variable} is not set`);
      return value ?? match;
    });
  }

  function fromFile(name: string, path: ConfigPath): string {
    const file = fromEnvironment(name, path);
    if (failed.has(pathKey(path))) return file;
    written.set(pathKey(path), `the content of ${quote(name)}`);
    const absolute = resolve(folder, file);
    sources.set(pathKey(path), { kind: 'file', file: absolute });
    try {
      const value = textOf(absolute);
      keepSecrets([{ value, mark: '***' }]);
      return value;
    } catch (error) {
      fail(path, `cannot read the file ${quote(file === name ? absolute : name)}: ${fileError(error)}`);
      return file;
    }
  }

  function walk(value: unknown, path: ConfigPath, toFiles: boolean): unknown {
    if (typeof value === 'string') return fromEnvironment(value, path, toFiles);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index], toFiles));
    if (typeof value !== 'object' || value === null) return value;
    if (isRuleSet(value, path)) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (toFiles && entries.length === 1 && first?.[0] === 'file' && typeof first[1] === 'string') {
      return fromFile(first[1], path);
    }
    const ofOriginal = pathKey(path) === '["statsd"]' || ('compat' in value && value.compat === 'statsd');
    return Object.fromEntries(
      entries.map(([key, item]) => {
        if (path.length === 0 && key === '_notes') return [key, item];
        const inner = [...path, key];
        return [key, walk(item, inner, toFiles && !(ofOriginal && key === 'config') && !isInMapping(inner))];
      }),
    );
  }

  return { value: walk(root, [], kinds === 'all'), problems, written, sources, failed };
}

/** Rules of a front-end for log lines, in which `${name}` is a field of a line. */
function isRuleSet(value: object, [first, _index, key, ...more]: ConfigPath): boolean {
  return first === 'frontends' && key === 'rules' && more.length === 0 && 'rules' in value;
}

/** In the rules of the root or of a back-end. */
function isInMapping([first, _index, key]: ConfigPath): boolean {
  return first === 'mapping' || (first === 'backends' && key === 'mapping');
}
