import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../../frontends/http/rules/file.ts';
import { tryRules } from '../../../../frontends/http/rules/trial.ts';
import { kit } from '../../../../src/config/kit.ts';

const folder = new URL('../../../../examples/rules/', import.meta.url);
/** Those of ASCII with its control characters, and of Latin. */
const character = fc.nat(0xff).map((code) => String.fromCharCode(code));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

describe('examples/rules', () => {
  it('has a set for each of the common kinds of logs', () => {
    expect(files).toEqual([
      'apache.json',
      'envoy.json',
      'haproxy.json',
      'nginx.json',
      'pino.json',
      'rails-lograge.json',
      'zap.json',
    ]);
  });

  describe.each(files)('%s', (file) => {
    const read = parseRules(readFileSync(new URL(file, folder), 'utf8'), kit);

    it('can be used', () => {
      expect(read).toMatchObject({ ok: true });
    });

    const trials = read.ok ? tryRules(read.set) : [];

    it('has tests', () => {
      expect(trials.length).toBeGreaterThan(3);
    });

    it('makes nothing but good names and tags of lines that are broken anyhow', () => {
      if (!read.ok) return;
      const lines = fc.constantFrom(...read.set.tests.map(({ line }) => line));
      const broken = fc
        .tuple(lines, fc.nat(400), fc.string({ unit: character, maxLength: 20 }), fc.nat(20))
        .map(([line, at, text, cut]) => line.slice(0, at) + text + line.slice(at + cut));
      const tests = fc.sample(broken, 200).map((line) => ({ line, expect: [] }));
      for (const got of tryRules({ ...read.set, tests }).flatMap((trial) => trial.got)) {
        expect(got).toMatch(/^(count|measure|sample|unique) [A-Za-z0-9_.:/-]{1,200} [^|\p{Cc}]*$/u);
      }
    });

    it.each(trials.map(({ test, ...rest }) => [test.line, test, rest] as const))('%s', (_line, test, { good, got }) => {
      if (!good) expect(got).toEqual(test.expect);
      expect(good).toBe(true);
    });
  });
});
