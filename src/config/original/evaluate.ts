import { hostname } from 'node:os';
import { isNativeError } from 'node:util/types';
import { createContext, Script } from 'node:vm';
import { keepSecrets } from '../../process/secrets.ts';
import type { Problem } from '../problem.ts';
import { type Copied, copyOut } from './copy-out.ts';

export type Evaluated =
  | { readonly ok: true; readonly value: object }
  /** Texts begin with the place in the file where there is one. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

const deadlineMs = 1000;
const scriptName = 'configuration';

/** What a configuration may ask for: the only things from outside, and they go in as text. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly hostname: string;
}

/**
 * Nothing that works later or elsewhere is left: a rejected promise would end the process. `process` and `require` are made in the
 * context, of its own objects. What they do not have is noted and stands for anything, so that the next mistake is found too.
 */
const prelude = ({ env, hostname }: Surroundings) => `
  var config, failure, module = { exports: {} }, exports = module.exports, noted = { faults: [], reads: [] };
  for (const name of ['Promise', 'Atomics', 'SharedArrayBuffer', 'WebAssembly', 'FinalizationRegistry', 'console'])
    delete globalThis[name];
  delete Array.fromAsync;
  var [process, require] = ((variables, host, faults, reads) => {
    const anything = new Proxy(function () {}, {
      get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === 'prototype' ? undefined : anything),
      apply: () => anything,
      construct: () => anything,
    });
    const missing = (what) => {
      const [, line, column] = /${scriptName}:(\\d+):(\\d+)/.exec(new Error().stack) ?? [];
      if (faults.length < 20) faults.push({ what: String(what).slice(0, 80), line: Number(line ?? 0), column: Number(column ?? 0) });
      return anything;
    };
    const only = (name, known) =>
      new Proxy(Object.freeze(known), {
        get: (target, key) =>
          typeof key === 'symbol' ? undefined : Object.hasOwn(target, key) ? target[key] : missing(name + '.' + key),
      });
    const env = new Proxy(Object.freeze(Object.assign(Object.create(null), variables)), {
      get: (target, key) => {
        if (typeof key === 'string' && reads.length < 1000) reads.push(key);
        return target[key];
      },
    });
    const process = only('process', { env });
    const modules = { os: only("require('os')", { hostname: () => host }), process };
    const require = (name) => {
      const plain = String(name).replace(/^node:/, '');
      return Object.hasOwn(modules, plain) ? modules[plain] : missing("require('" + String(name) + "')");
    };
    return [process, require];
  })(JSON.parse(${JSON.stringify(JSON.stringify(env))}), ${JSON.stringify(hostname)}, noted.faults, noted.reads);`;

const outcome = `
  '{"noted":' + JSON.stringify(noted) + ',"result":' + (typeof failure === 'string' ? failure : noted.faults.length > 0 ? '{}' : (${copyOut})(
    (typeof config !== 'object' || config === null) && Object.keys(module.exports).length > 0 ? module.exports : config)) + '}'`;

const onFailure = `
  failure = ((error) => {
    const [, line, column] = /${scriptName}:(\\d+):(\\d+)/.exec(String(error && error.stack)) ?? [];
    const text = String(error).split('\\n')[0].slice(0, 200);
    return JSON.stringify({ failure: text, line: Number(line ?? 0), column: Number(column ?? 0) });
  })(error)`;

/**
 * Evaluates the text of a configuration as the original daemon does, as the right side of an assignment, but in a context
 * that has nothing except the language itself, a copy of the environment and the name of this machine, and within a second. Files
 * that begin with declarations and set `module.exports` are taken too. The value is copied out as plain data; text that was read
 * from the environment is a reference to it again, so that no message quotes it.
 */
export function evaluate(text: string, surroundings: Surroundings = { env: {}, hostname: hostname() }): Evaluated {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (source.trim() === '') return failed('the file is empty; it needs an object { … }');
  const later = /\b(?:import|async)\b(?=\s*(?:[(*.]|\/[/*]|function\b|[\w$]+\s*(?:=>|\()))/.exec(source);
  if (later !== null) {
    return failed(`${placeOf(source, later.index)}"${later[0]}" is not available in a configuration; remove it`);
  }
  const noCode = { strings: false, wasm: false };
  const context = createContext(Object.create(null), { codeGeneration: noCode, microtaskMode: 'afterEvaluate' });
  const run = (code: string, name = scriptName): unknown =>
    compile(code, name).runInContext(context, { timeout: deadlineMs });
  const head = isModule(source) ? '' : 'config =';
  try {
    compile(`${head}\n${source}\n`);
  } catch (error) {
    return failed(syntaxProblem(error as Error, source.trimEnd().split('\n').length));
  }
  try {
    run(prelude(surroundings), 'prelude');
    run(`try { ${head}\n${source}\n} catch (error) { ${onFailure} }`);
    return judge(run(outcome), source, surroundings.env);
  } catch (error) {
    // The context may have made the error: it is only looked at when it cannot run code of its own.
    const late = isNativeError(error) && Object.getOwnPropertyDescriptor(error, 'code')?.value === lateCode;
    return failed(
      late ? 'the text does not come to an end within a second; write plain values' : 'the text cannot be evaluated',
    );
  }
}

const lateCode = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** The script begins one line before the text. */
function compile(code: string, filename = scriptName): Script {
  return new Script(code, { filename, lineOffset: -1 });
}

/** Statements first: the original, which puts `config =` before the text, would not take them. */
function isModule(source: string): boolean {
  const text = source.replace(/^(?:\s+|\/\/[^\n]*|\/\*.*?\*\/|(['"])use strict\1;?)*/s, '');
  return /^(?:var|let|const)\s|^(?:function|class)\s+[\w$]+/.test(text) && /\bexports\b/.test(text);
}

function judge(output: unknown, source: string, env: NodeJS.ProcessEnv): Evaluated {
  if (typeof output !== 'string') return failed('the text cannot be evaluated');
  const { noted, result } = JSON.parse(output) as { noted: Noted; result: Copied | Failure };
  const references = referencesTo(noted.reads, env, source);
  // Also where it is only a part of a value, which is no reference then.
  keepSecrets([...references].map(([value, mark]) => ({ value, mark })));
  const faults = noted.faults.map((fault) => missingProblem(fault, source));
  if ('failure' in result) faults.push(runtimeProblem(result, source));
  if (faults.length > 0) return { ok: false, problems: faults.map((text) => ({ path: [], text })) };
  const { value: copied, problems } = result as Copied;
  const value = withReferences(copied, references);
  if (problems.length > 0) return { ok: false, problems: problems.map(({ path, text }) => ({ path, text })) };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ok: true, value };
  return failed(`${Array.isArray(value) ? 'a list' : (JSON.stringify(value) ?? 'nothing')} is not an object { … }`);
}

interface Failure {
  readonly failure: string;
  readonly line: number;
  readonly column: number;
}

interface Noted {
  readonly faults: readonly { readonly what: string; readonly line: number; readonly column: number }[];
  /** Names of environment variables. */
  readonly reads: readonly string[];
}

/** By the value of each variable that was read: the reference to it. Not where the value also stands in the text itself. */
function referencesTo(reads: readonly string[], env: NodeJS.ProcessEnv, source: string): ReadonlyMap<string, string> {
  const usable = reads.filter((name) => /^[A-Za-z_]\w*$/.test(name) && Object.hasOwn(env, name));
  return new Map(
    usable.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' || source.includes(value) ? [] : [[value, `\${${name}}`] as const];
    }),
  );
}

function withReferences(value: unknown, references: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return references.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => withReferences(item, references));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item, references)]));
}

const available = "a configuration has process.env and require('os').hostname() only; write the value itself";

function missingProblem({ what, line, column }: Noted['faults'][number], source: string): string {
  const text = source.split('\n')[line - 1] ?? '';
  const start = text.indexOf(what.split('(')[0] ?? what);
  return `line ${line}, column ${start < 0 ? column : start + 1}: ${what} is not available: ${available}`;
}

const ofNode = /^ReferenceError: (__dirname|__filename|console|Buffer|global|Promise) is not defined/;

function runtimeProblem({ failure, line, column }: Failure, source: string): string {
  const name = ofNode.exec(failure)?.[1];
  if (name === undefined) return line > 0 ? `line ${line}, column ${column}: ${failure}` : failure;
  return missingProblem({ what: name, line, column }, source);
}

/** Without the text itself, which may hold secrets. */
function syntaxProblem({ message, stack }: Error, lines: number): string {
  const [, line, rest] = new RegExp(`^${scriptName}:(\\d+)\\n(?:.*\\n( *)\\^)?`).exec(stack ?? '') ?? [];
  if (line === undefined) return message;
  if (Number(line) > lines) return `line ${lines}: ${message}; a bracket or a quote is not closed`;
  return `line ${line}${rest === undefined ? '' : `, column ${rest.length + 1}`}: ${message}`;
}

function placeOf(source: string, index: number): string {
  const before = source.slice(0, index).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: `;
}

function failed(text: string): Evaluated {
  return { ok: false, problems: [{ path: [], text }] };
}
