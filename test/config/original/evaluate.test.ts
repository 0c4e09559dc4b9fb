import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../src/config/original/evaluate.ts';

/** What is wrong, a line for each. */
function problemsOf(text: string): readonly string[] {
  const result = evaluate(text);
  if (result.ok) throw new Error(`gave ${JSON.stringify(result.value)}`);
  return result.problems.map(({ path, text: problem }) => [...path, problem].join(': '));
}

describe('forms of text that the original takes', () => {
  it.each<[string, string, unknown]>([
    ['a literal', '{ port: 8125 }', { port: 8125 }],
    ['JSON', '{"port": 8125}', { port: 8125 }],
    ['comments', '// one\n/* two */ { port: 8125, // three\n }\n// four', { port: 8125 }],
    ['trailing commas', '{ a: [1, 2,], b: { c: 1, }, }', { a: [1, 2], b: { c: 1 } }],
    ['commas in front', '{\n  graphitePort: 2003\n, graphiteHost: "g"\n}', { graphitePort: 2003, graphiteHost: 'g' }],
    ['arithmetic', '{ flushInterval: 10 * 1000 }', { flushInterval: 10_000 }],
    ['a semicolon', '{ port: 1 };\n', { port: 1 }],
    ['module.exports', 'module.exports = { port: 1 };', { port: 1 }],
    ['a directive first', "'use strict';\nmodule.exports = { port: 1 };", { port: 1 }],
    ['exports', 'exports.port = 1; exports.debug = true;', { port: 1, debug: true }],
    ['octal numbers', '{ socket_mod: 0660 }', { socket_mod: 432 }],
    ['a function that is called', '(function () { var a = 5; return { port: a }; })()', { port: 5 }],
    ['templates and spread', `{ ...{ a: 1 }, b: \`\${1 + 1}\` }`, { a: 1, b: '2' }],
    ['undefined and null', '{ a: undefined, b: null, c: [, 1] }', { b: null, c: [null, 1] }],
    ['a byte order mark', '\uFEFF{ port: 1 }', { port: 1 }],
    ['getters', '{ get port() { return 7; } }', { port: 7 }],
    [
      'inherited keys as keys',
      '{ constructor: 1, ["__proto__"]: 2 }',
      JSON.parse('{"constructor": 1, "__proto__": 2}'),
    ],
  ])('%s', (_name, text, value) => {
    expect(evaluate(text)).toEqual({ ok: true, value });
  });
});

describe('text that cannot be used says where and what to write', () => {
  const only = "a configuration has process.env and require('os').hostname() only; write the value itself";
  it.each<[string, string, string]>([
    [
      'require',
      "{\n  globalSuffix: require('fs').readFileSync('x').split('.')[0]\n}",
      `line 2, column 17: require('fs') is not available: ${only}`,
    ],
    ['process', '{ graphiteHost: process.cwd() }', `line 1, column 17: process.cwd is not available: ${only}`],
    ['os', '{ a: require("node:os").cpus() }', `line 1, column 6: require('os').cpus is not available: ${only}`],
    ['Buffer', '{ a: Buffer.from("a") }', `line 1, column 6: Buffer is not available: ${only}`],
    ['an unknown word', '{ a: 1,\n  b: yes }', 'line 2, column 6: ReferenceError: yes is not defined'],
    ['a mistake', '{ a: 1\n  b: 2 }', "line 2, column 3: Unexpected identifier 'b'"],
    ['an open bracket', '{ a: [1, 2\n', 'line 1: Unexpected end of input; a bracket or a quote is not closed'],
    ['nothing', ' \n', 'the file is empty; it needs an object { … }'],
    ['a list', '[1]', 'a list is not an object { … }'],
    ['a number', '5', '5 is not an object { … }'],
    ['a function', '{ a: [() => 1] }', 'a: 0: a function cannot be used as a value; write the value that is meant'],
    ['no number', '{ a: { b: 0 / 0 } }', 'a: b: NaN cannot be used as a value'],
    ['a big integer', '{ a: 1n }', 'a: a bigint cannot be used as a value; write the value that is meant'],
    ['a date', '{ a: new Date() }', 'a: this object is no plain data'],
    ['another prototype', '{ a: { __proto__: { b: 1 } } }', 'a: this object is no plain data'],
    ['import()', '{ a: import("fs") }', 'line 1, column 6: "import" is not available in a configuration; remove it'],
    ['async', '{ a: (async () => 1)() }', 'line 1, column 7: "async" is not available in a configuration; remove it'],
  ])('%s', (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('never quotes the text of a line with a mistake', () => {
    expect(problemsOf('{ apiKey: "s3cret" b: 1 }').join()).not.toContain('s3cret');
  });
});

describe('hostile text', () => {
  it.each([
    ['a loop', '(() => { for (;;); })()'],
    ['a loop in a getter', '{ get a() { for (;;); } }'],
    ['a loop in a proxy', '{ a: new Proxy({}, { ownKeys() { for (;;); } }) }'],
    ['a loop in what it throws', '(() => { throw new Proxy({}, { get() { for (;;); } }); })()'],
  ])('%s ends within a second', (_name, text) => {
    const started = performance.now();
    expect(problemsOf(text)).toEqual(['the text does not come to an end within a second; write plain values']);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it.each([
    ['constructors', `{ a: this.constructor.constructor('return process')() }`],
    ['a function of a function', `{ a: (() => 1).constructor('return process')() }`],
    ['eval', `{ a: eval('1') }`],
    ['globals', `{ a: typeof process + typeof require + typeof setTimeout + typeof console + typeof Promise }`],
  ])('%s reach nothing', (_name, text) => {
    const result = evaluate(text);
    if (result.ok) expect(result.value).toEqual({ a: `objectfunction${'undefined'.repeat(3)}` });
    else expect(result.problems[0]?.text).toMatch(/Code generation from strings disallowed/);
  });

  it.each([
    ['a list of a thousand million holes', '{ a: Array(1e9) }', 'holds more than 100,000 values or 1 MB of text'],
    [
      'too many values',
      '{ a: Array.from({ length: 2e5 }, () => 1) }',
      'holds more than 100,000 values or 1 MB of text',
    ],
    ['too much text', '{ a: "x".repeat(2e6) }', 'holds more than 100,000 values or 1 MB of text'],
    ['no bottom', '(() => { const a = {}; a.a = a; return a; })()', /nested more than 20 levels deep$/],
    ['no stack', '(function f() { f(); })()', /RangeError: Maximum call stack size exceeded$/],
    ['another JSON', '(() => { JSON.stringify = () => ({}); return {}; })()', 'the text cannot be evaluated'],
  ])('%s', (_name, text, problem) => {
    expect(problemsOf(text)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  it('leaves this process as it was', () => {
    evaluate('(() => { Object.prototype.polluted = 1; globalThis.leak = 1; Array.prototype.map = 0; return {}; })()');
    expect('polluted' in {}).toBe(false);
    expect('leak' in globalThis).toBe(false);
    expect([1].map((one) => one)).toEqual([1]);
  });
});
