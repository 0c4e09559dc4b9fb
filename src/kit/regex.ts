import { createRequire } from 'node:module';

type Engine = typeof import('re2js');

let loaded: Engine | undefined;

/** 260 kB that only those load who have a regular expression. */
export function regexEngine(): Engine {
  loaded ??= createRequire(import.meta.url)('re2js') as Engine;
  return loaded;
}

interface SyntaxFault {
  readonly error: string;
  /** The part of the pattern that is wrong, or all of it. */
  readonly input: string;
}

function syntaxFault(pattern: string): SyntaxFault | undefined {
  const { RE2JS, RE2JSSyntaxException } = regexEngine();
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return { error: error.error, input: error.input ?? pattern };
    throw error;
  }
}

/** What is wrong with a pattern, going on from the quoted pattern, and where; undefined where it is good. */
export function regexFault(pattern: string): string | undefined {
  const fault = syntaxFault(pattern);
  if (fault === undefined) return undefined;
  const at = placeOf(fault, pattern);
  const place = at < pattern.length ? `at character ${at + 1}, ${JSON.stringify(pattern.slice(at))}` : 'at its end';
  return `is no regular expression of Go: ${fault.error} ${place}`;
}

/** Where the fault begins: the engine tells the part that is wrong, and not where it is. */
function placeOf({ error, input }: SyntaxFault, pattern: string): number {
  if (error.startsWith('missing closing )')) return openParenthesis(pattern);
  if (error.startsWith('trailing backslash')) return pattern.length - 1;
  for (let end = 1; end <= pattern.length; end++) {
    const head = syntaxFault(pattern.slice(0, end));
    if (head?.error !== error) continue;
    if (error.startsWith('unexpected )')) return end - 1;
    if (head.input === input) return pattern.lastIndexOf(input, end - input.length);
  }
  return 0;
}

/** The parenthesis that is not closed. */
function openParenthesis(pattern: string): number {
  for (let at = pattern.indexOf('('); at >= 0; at = pattern.indexOf('(', at + 1)) {
    if (syntaxFault(`${pattern.slice(0, at)}\\${pattern.slice(at)}`) === undefined) return at;
  }
  return pattern.length;
}
