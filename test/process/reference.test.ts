import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveReferences } from '../../src/config/references.ts';
import { follow } from '../../src/process/reference.ts';
import { masked } from '../../src/process/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'reference-'));

describe('D22 a reference that is followed again', () => {
  it.each([
    [`\${KEY}`, { KEY: 'one-two-three' }, 'one-two-three'],
    [`Bearer \${KEY}!`, { KEY: 'x' }, 'Bearer x!'],
    [`$\${KEY}`, {}, `\${KEY}`],
    [`\${KEY:-preset}`, {}, 'preset'],
    [`\${KEY:-preset}`, { KEY: '' }, 'preset'],
  ])('%s with %j is %s, as at the start', (text, env, value) => {
    expect(follow({ kind: 'text', text }, env)).toBe(value);
    expect(resolveReferences([text], folder, env).value).toEqual([value]);
  });

  it('gives what the file holds by then, and keeps it from texts', () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'first-secret\n');
    const { sources } = resolveReferences({ backends: [{ apiKey: { file: 'key' } }] }, folder, {});
    const [[path, reference] = []] = [...sources];
    expect([path, reference]).toEqual(['["backends",0,"apiKey"]', { kind: 'file', file }]);
    writeFileSync(file, 'second-secret\r\n');
    expect(follow(reference!, {})).toBe('second-secret');
    expect(masked('it is second-secret')).toBe('it is ***');
  });

  it('that leads nowhere says where', () => {
    const file = join(folder, 'gone');
    expect(() => follow({ kind: 'file', file }, {})).toThrow(`cannot read the file "${file}": no such file`);
    expect(() => follow({ kind: 'text', text: `\${GONE}` }, {})).toThrow('the environment variable GONE is not set');
  });
});
