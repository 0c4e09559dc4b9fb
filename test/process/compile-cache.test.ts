import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepCompiledCode } from '../../src/process/compile-cache.ts';

let base: string;
const enabled: string[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'statsdrain-'));
  enabled.length = 0;
});

afterEach(() => rmSync(base, { recursive: true }));

/** Gives the environment afterwards. */
function keep(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  keepCompiledCode(env, (folder) => enabled.push(folder));
  return env;
}

const all = () => join(base, 'statsdrain-code');
const own = () => join(all(), `0.1.0-node-${process.version}`);

it.each(['CACHE_DIRECTORY', 'XDG_CACHE_HOME'])(
  'keeps it in a folder of its own below %s, which only this user can read',
  (name) => {
    const env = keep({ [name]: base, HOME: '/nonexistent' });
    expect(enabled).toEqual([own()]);
    expect(statSync(all()).mode & 0o777).toBe(0o700);
    expect(env.NODE_COMPILE_CACHE).toBe(own());
  },
);

it('keeps it below ~/.cache otherwise', () => {
  keep({ HOME: base });
  expect(enabled).toEqual([join(base, '.cache/statsdrain-code', `0.1.0-node-${process.version}`)]);
});

it('removes what other versions left', () => {
  mkdirSync(join(all(), '0.0.9-node-v18.0.0'), { recursive: true });
  writeFileSync(join(all(), '0.0.9-node-v18.0.0/code'), '');
  chmodSync(all(), 0o700);
  keep({ XDG_CACHE_HOME: base });
  expect(existsSync(join(all(), '0.0.9-node-v18.0.0'))).toBe(false);
  expect(enabled).toEqual([own()]);
});

it('does not use a folder that others can write to', () => {
  mkdirSync(all());
  chmodSync(all(), 0o777);
  keep({ XDG_CACHE_HOME: base });
  expect(enabled).toEqual([]);
});

it('does not follow a link', () => {
  mkdirSync(join(base, 'elsewhere'), { mode: 0o700 });
  symlinkSync(join(base, 'elsewhere'), all());
  keep({ XDG_CACHE_HOME: base });
  expect(enabled).toEqual([]);
});

it.each([
  ['there is no folder', { HOME: '/proc/nonexistent' }],
  ['the path is relative', { XDG_CACHE_HOME: 'cache' }],
  ['Node was told where', { NODE_COMPILE_CACHE: '/var/cache/node', HOME: '/proc/nonexistent' }],
  ['Node was told not to', { NODE_DISABLE_COMPILE_CACHE: '1', HOME: '/proc/nonexistent' }],
])('goes without where %s', (_, env) => {
  keep(env);
  expect(enabled).toEqual([]);
});

it('goes without where Node cannot', () => {
  keepCompiledCode({ XDG_CACHE_HOME: base }, () => {
    throw new Error('no');
  });
  expect(enabled).toEqual([]);
});
