import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, migrateConfig } from '../../src/config/load.ts';
import { evaluate } from '../../src/config/original/evaluate.ts';
import { folderWith, problemsOf } from '../config/temporary.ts';

const surroundings = { env: { HOST: 'carbon.example', PORT: '4000', EMPTY: '' }, hostname: 'web-1' };
const resultOf = (text: string) => evaluate(text, surroundings);
const reference = (name: string) => `$\{${name}}`;

describe('what most configurations of the original hold is there', () => {
  it.each<[string, unknown]>([
    ['{ port: parseInt(process.env.STATSD_PORT) || 2003 }', { port: 2003 }],
    ['{ port: parseInt(process.env.PORT, 10) || 2003 }', { port: 4000 }],
    ['{ graphiteHost: process.env.HOST || "g" }', { graphiteHost: reference('HOST') }],
    ['{ graphiteHost: process.env["NO"] || "g" }', { graphiteHost: 'g' }],
    ['{ a: "HOST" in process.env, b: typeof process.env.NO }', { a: true, b: 'undefined' }],
    ['{ prefix: require("os").hostname().split("-")[0] }', { prefix: 'web' }],
    ['(function () { var os = require("node:os"); return { a: os.hostname() }; })()', { a: 'web-1' }],
    [
      "// mine\n'use strict';\nconst { env } = require('process');\nfunction port(text) { return Number(text) || 1; }\nmodule.exports = { port: port(env.PORT) };",
      { port: 4000 },
    ],
  ])('%s', (text, value) => {
    expect(resultOf(text)).toEqual({ ok: true, value });
  });

  it('in a file, of which migrate keeps the reference', async () => {
    const text = '{ graphiteHost: process.env.GRAPHITE, port: +process.env.P, globalSuffix: require("os").hostname() }';
    const file = join(folderWith({ 'their.js': text }), 'their.js');
    const env = { GRAPHITE: 'g.example', P: '77' };
    const { frontends, backends, original } = await loadConfig(file, env);
    expect(frontends[0]?.config).toMatchObject({ port: 77 });
    expect(backends[0]?.config).toMatchObject({ host: 'g.example' });
    expect(original?.values.globalSuffix).toBe(hostname());
    const native = JSON.parse(await migrateConfig(file, env));
    expect(native.backends[0].host).toBe(reference('GRAPHITE'));
  });

  it('all mistakes are told in one run', () => {
    const text = "{\n  a: require('fs').readFileSync('x'),\n  b: process.pid,\n  c: nothing }";
    const result = resultOf(text);
    const texts = result.ok ? [] : result.problems.map(({ text }) => text.replace(/ is not available.*/, ''));
    expect(texts).toEqual([
      "line 2, column 6: require('fs')",
      'line 3, column 6: process.pid',
      'line 4, column 6: ReferenceError: nothing is not defined',
    ]);
  });
});

describe('nothing leads out of the context', () => {
  const ways = [
    'process.constructor',
    'process.env.constructor',
    'Object.getPrototypeOf(process).constructor',
    'require.constructor',
    'require("os").hostname.constructor',
    'Object.getPrototypeOf(require("os").hostname).constructor',
    'require("process").env.valueOf',
    '(() => { try { require({ toString() { throw 1; } }); } catch (e) { return e.constructor.constructor; } })()',
    '(() => { let found; Error.prepareStackTrace = (_, sites) => { found = sites; }; new Error().stack; process.x; return found.map((s) => s.getThis && s.getThis()).find((t) => t && t !== globalThis)?.constructor?.constructor; })()',
  ];
  it.each(ways)('not by %s', (way) => {
    const text = `(() => { let made; try { made = (${way})('return this')(); } catch (e) { return { a: 'threw' }; } return { a: typeof made?.process?.exit + typeof made?.process?.binding }; })()`;
    const result = resultOf(text);
    if (result.ok) expect(result.value).not.toEqual({ a: 'functionfunction' });
    if (result.ok) expect(['threw', 'undefinedundefined']).toContain((result.value as { a: string }).a);
  });

  it('and the environment cannot be changed', () => {
    const name = 'STATSDRAIN_TEST_ESCAPE';
    resultOf(
      `(() => { try { process.env.${name} = '1'; } catch {} try { process.env = {}; } catch {} return { a: 1 }; })()`,
    );
    expect(process.env[name]).toBeUndefined();
    expect(resultOf('(() => { process.env.HOST = "x"; return { a: process.env.HOST }; })()')).toEqual({
      ok: true,
      value: { a: reference('HOST') },
    });
  });
});

describe('references with a default', () => {
  const frontends = [{ type: 'udp', port: 0 }];
  const backends = [{ type: 'graphite', host: `$\{GRAPHITE:-127.0.0.9}`, port: `$\{P:-2004}` }];
  it.each([
    [{}, '127.0.0.9', 2004],
    [{ GRAPHITE: '', P: '7' }, '127.0.0.9', 7],
    [{ GRAPHITE: 'g' }, 'g', 2004],
  ])('with the environment %j', async (env, host, port) => {
    const file = join(folderWith({ 'config.json': { frontends, backends } }), 'config.json');
    expect((await loadConfig(file, env)).backends[0]?.config).toMatchObject({ host, port });
  });

  it('may be empty', async () => {
    expect(await problemsOf({ frontends, backends: [{ type: 'console' }], title: `x$\{A:-}` })).toEqual([]);
  });
});
