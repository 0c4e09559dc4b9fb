import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { enterOriginal, loadOriginal, type OriginalBlock } from '../../src/kit/original-module.ts';
import type { ModuleGuard } from '../../src/plugin.ts';

interface Server {
  start(): string;
}

const folder = mkdtempSync(join(tmpdir(), 'original-module-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function blockOf(code: string): OriginalBlock {
  const module = join(folder, `${files++}.cjs`);
  writeFileSync(module, code);
  return { module, name: './own.cjs', config: {} };
}

/** The module's code is to run in here. */
function guardOf(): ModuleGuard {
  return { run: vi.fn(), runOrThrow: vi.fn((code) => code()) };
}

describe('a module of the original', () => {
  it.each([
    ['an object', `exports.start = () => 'own';`],
    ['a default export', `exports.default = { start: () => 'own' };`],
    ['a function', `module.exports = Object.assign(() => undefined, { start: () => 'own' });`],
    ['both, of which the first one counts', `exports.start = () => 'own'; exports.default = { start: () => 'other' };`],
  ])('may export %s', (_, code) => {
    expect(loadOriginal<Server>(blockOf(code), guardOf(), 'start').start()).toBe('own');
  });

  it('is loaded in its guard', () => {
    const guard = { ...guardOf(), runOrThrow: () => undefined as never };
    expect(() => loadOriginal<Server>(blockOf('exports.start = () => 1;'), guard, 'start')).toThrow(
      'exports no function',
    );
  });

  it.each(['undefined', 'null', '7', '{}', '{ start: 1 }', '{ default: null }'])(
    'that exports %s is none',
    (exported) => {
      const block = blockOf(`module.exports = ${exported};`);
      expect(() => loadOriginal<Server>(block, guardOf(), 'start')).toThrow(
        `the module "./own.cjs" (${block.module}) exports no function "start", so it is no server of the original StatsD daemon; remove "compat" if it is a plugin of statsdrain`,
      );
    },
  );

  it('that has the function of the other kind is none', () => {
    expect(() => loadOriginal<{ init(): void }>(blockOf('exports.start = () => 1;'), guardOf(), 'init')).toThrow(
      'exports no function "init", so it is no back-end of the original StatsD daemon;',
    );
  });

  it.each([
    [`throw new Error('no such thing');`, 'no such thing'],
    [`throw 'a text';`, 'a text'],
  ])('that cannot be loaded is told with the reason: %s', (code, reason) => {
    const block = blockOf(code);
    expect(() => loadOriginal<Server>(block, guardOf(), 'start')).toThrow(
      `the module "./own.cjs" (${block.module}) cannot be loaded: ${reason}`,
    );
  });
});

describe('the function that the original calls first', () => {
  const block = { module: '/own.cjs', name: './own.cjs', config: {} };

  it('is called once, in the guard', () => {
    const guard = guardOf();
    const call = vi.fn(() => true);
    enterOriginal(block, guard, 'start', call);
    expect(call).toHaveBeenCalledTimes(1);
    expect(guard.runOrThrow).toHaveBeenCalledTimes(1);
  });

  it.each([undefined, false, 0, ''])('that gives %o refuses to start', (result) => {
    expect(() => enterOriginal(block, guardOf(), 'init', () => result)).toThrow(
      `module "./own.cjs" refused to start: its function "init" gave ${result}; look at its messages above and at its keys in the configuration`,
    );
  });

  it('that throws is told with the reason', () => {
    const cause = new Error('no host');
    const enter = () =>
      enterOriginal(block, guardOf(), 'start', () => {
        throw cause;
      });
    expect(enter).toThrow(new Error('the function "start" of module "./own.cjs" failed: no host', { cause }));
  });
});
