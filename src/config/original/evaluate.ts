import { isNativeError } from 'node:util/types';
import { createContext, Script } from 'node:vm';
import type { Problem } from '../problem.ts';
import { type Copied, copyOut } from './copy-out.ts';

export type Evaluated =
  | { readonly ok: true; readonly value: object }
  /** Texts begin with the place in the file where there is one. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

const deadlineMs = 1000;
const scriptName = 'configuration';

/** Nothing that works later or elsewhere is left: a rejected promise would end the process. */
const prelude = `
  var config, failure, module = { exports: {} }, exports = module.exports;
  for (const name of ['Promise', 'Atomics', 'SharedArrayBuffer', 'WebAssembly', 'FinalizationRegistry', 'console'])
    delete globalThis[name];
  delete Array.fromAsync;`;

const outcome = `
  typeof failure === 'string' ? failure : (${copyOut})(
    (typeof config !== 'object' || config === null) && Object.keys(module.exports).length > 0 ? module.exports : config)`;

const onFailure = `
  failure = ((error) => {
    const [, line, column] = /${scriptName}:(\\d+):(\\d+)/.exec(String(error && error.stack)) ?? [];
    const text = String(error).split('\\n')[0].slice(0, 200);
    return JSON.stringify({ failure: text, line: Number(line ?? 0), column: Number(column ?? 0) });
  })(error)`;

/**
 * Evaluates the text of a configuration as the original daemon does, as the right side of an assignment, but in a context
 * that has nothing except the language itself, and within a second. The value is copied out as plain data.
 */
export function evaluate(text: string): Evaluated {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (source.trim() === '') return failed('the file is empty; it needs an object { … }');
  const later = /\b(?:import|async)\b(?=\s*(?:[(*.]|\/[/*]|function\b|[\w$]+\s*(?:=>|\()))/.exec(source);
  if (later !== null) {
    return failed(`${placeOf(source, later.index)}"${later[0]}" is not available in a configuration; remove it`);
  }
  const noCode = { strings: false, wasm: false };
  const context = createContext(Object.create(null), { codeGeneration: noCode, microtaskMode: 'afterEvaluate' });
  const run = (code: string): unknown => compile(code).runInContext(context, { timeout: deadlineMs });
  try {
    compile(`config =\n${source}\n`);
  } catch (error) {
    return failed(syntaxProblem(error as Error, source.trimEnd().split('\n').length));
  }
  try {
    run(prelude);
    run(`try { config =\n${source}\n} catch (error) { ${onFailure} }`);
    return judge(run(outcome), source);
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
function compile(code: string): Script {
  return new Script(code, { filename: scriptName, lineOffset: -1 });
}

function judge(output: unknown, source: string): Evaluated {
  if (typeof output !== 'string') return failed('the text cannot be evaluated');
  const result = JSON.parse(output) as Copied | Failure;
  if ('failure' in result) return failed(runtimeProblem(result, source));
  const { value, problems } = result;
  if (problems.length > 0) return { ok: false, problems: problems.map(({ path, text }) => ({ path, text })) };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ok: true, value };
  return failed(`${Array.isArray(value) ? 'a list' : (JSON.stringify(value) ?? 'nothing')} is not an object { … }`);
}

interface Failure {
  readonly failure: string;
  readonly line: number;
  readonly column: number;
}

const ofNode = /^ReferenceError: (require|process|__dirname|__filename|console|Buffer|global|Promise) is not defined/;

function runtimeProblem({ failure, line, column }: Failure, source: string): string {
  const name = ofNode.exec(failure)?.[1];
  if (name === undefined) return line > 0 ? `line ${line}, column ${column}: ${failure}` : failure;
  // The column of a chain of calls is that of its last one.
  const text = source.split('\n')[line - 1] ?? '';
  const start = new RegExp(`\\b${name}\\b`).exec(text)?.index ?? column - 1;
  const place = `line ${line}, column ${start + 1}: `;
  const given = /^[\w$]+(?:\.[\w$]+|\([^()]*\)|\[[^[\]]*\])*/.exec(text.slice(start))?.[0] ?? name;
  const variable = /^process\.env(?:\.|\[['"])(\w+)/.exec(given)?.[1];
  const remedy =
    variable === undefined
      ? `write the value itself, or "\${HOSTNAME}" for what the environment variable HOSTNAME holds`
      : `write "\${${variable}}", in quotes, for what the environment variable ${variable} holds`;
  return `${place}${given.slice(0, 80)} is not available in a configuration; ${remedy}`;
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
