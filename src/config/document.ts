import { hostname } from 'node:os';
import { extname } from 'node:path';
import { parseJson } from './json.ts';
import { looksOriginal } from './original/detect.ts';
import { type Evaluated, evaluate } from './original/evaluate.ts';
import { ConfigError, formatProblems, type Problem, quote } from './problem.ts';

/** The content of a configuration file, before its references are followed. */
export interface Content {
  /** Of statsdrain, or of the original StatsD daemon. */
  readonly language: 'native' | 'original';
  readonly root: object;
  readonly problems: readonly Problem[];
}

/**
 * Reads the text of a configuration file: JSON, or JavaScript as the original daemon takes it, by the file's name and by
 * what the text is. `shown` is how messages name the file. Throws a {@link ConfigError}.
 */
export function readContent(text: string, file: string, shown: string, env: NodeJS.ProcessEnv): Content {
  const run = (source: string) => evaluate(source, { env, hostname: hostname() });
  const extension = extname(file);
  if (/^\.[cm]?js$/.test(extension)) return fromScript(run(text), shown);
  const parsed = parseJson(text);
  if (parsed.ok) return fromJson(parsed, shown);
  if (isYaml(text, extension)) throw new ConfigError([`${shown}: ${yamlRemedy}`]);
  const evaluated = text.trim() === '' ? undefined : run(text);
  if (evaluated?.ok && looksOriginal(evaluated.value)) {
    return { language: 'original', root: evaluated.value, problems: [] };
  }
  const place = `line ${parsed.line}, column ${parsed.column}`;
  if (evaluated?.ok === false && extension !== '.json' && startsAsScript(text)) return fromScript(evaluated, shown);
  throw new ConfigError([`${shown}: ${place}: ${parsed.message}`]);
}

const yamlRemedy =
  'is YAML, and statsdrain reads JSON; convert it ("yq -o json config.yaml > config.json" does so), or begin with config.example.json';

/** By its name, or a first line such as `frontends:`, `- a` or `---`. */
function isYaml(text: string, extension: string): boolean {
  if (/^\.ya?ml$/.test(extension)) return text.trim() !== '';
  return /^\uFEFF?(?:\s*(?:#.*)?\n)*(?:---|%YAML\b|- |[\w-]+:(?:[ \t]|\r?\n|$))/.test(text);
}

/** A comment, a bare key or an assignment: nobody took it for JSON. */
function startsAsScript(text: string): boolean {
  return /^\s*(?:\/[/*]|\{\s*(?:[\w$]+\s*:|\/[/*])|[\w$.]+\s*=)/.test(text);
}

function fromScript(evaluated: Evaluated, shown: string): Content {
  if (!evaluated.ok) throw new ConfigError(formatProblems(shown, {}, evaluated.problems));
  const language = 'frontends' in evaluated.value ? 'native' : 'original';
  return { language, root: evaluated.value, problems: [] };
}

function fromJson({ value: root, duplicates }: Extract<ReturnType<typeof parseJson>, { ok: true }>, shown: string) {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new ConfigError([`${shown}: ${quote(root)} is not an object with "frontends" and "backends"`]);
  }
  const problems = duplicates.map(({ path, firstLine, line }) => ({
    path,
    text: firstLine === line ? `given twice (line ${line})` : `given twice (lines ${firstLine} and ${line})`,
  }));
  return { language: looksOriginal(root) ? 'original' : 'native', root, problems } as const;
}
