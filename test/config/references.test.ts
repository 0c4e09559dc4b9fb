import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveReferences } from '../../src/config/references.ts';
import { folderWith } from './temporary.ts';

const env = { HOST: 'example.org', PORT: '8125', EMPTY: '', _x1: 'under' };
const name = (variable: string) => `\${${variable}}`;

function resolved(value: unknown, folder = '/nowhere') {
  return resolveReferences(value, folder, env);
}

describe('references to the environment', () => {
  it.each([
    [name('HOST'), 'example.org'],
    [`http://${name('HOST')}:${name('PORT')}/`, 'http://example.org:8125/'],
    [name('EMPTY'), ''],
    [name('_x1'), 'under'],
    [`$${name('HOST')}`, name('HOST')],
    [`$${name('HOST')} ${name('PORT')}`, `${name('HOST')} 8125`],
    ['$HOST $1 {HOST}', '$HOST $1 {HOST}'],
  ])('%j is %j', (text, expected) => {
    expect(resolved({ a: [text] })).toMatchObject({ value: { a: [expected] }, problems: [] });
  });

  it('are not looked for in what they stand for, nor in keys', () => {
    const document = resolveReferences({ [name('A')]: name('A') }, '/nowhere', { A: name('B') });
    expect(document).toMatchObject({ value: { [name('A')]: name('B') }, problems: [] });
  });

  it.each([
    [name('NOT_SET'), 'the environment variable NOT_SET is not set'],
    [name('toString'), 'the environment variable toString is not set'],
    ['${', `"\${" is no reference; write "${name('NAME')}", or "$\${" for a literal "\${"`],
    [name('A-B'), `"${name('A-B')}" is no reference; write "${name('NAME')}", or "$\${" for a literal "\${"`],
  ])('%j fails', (text, problem) => {
    const document = resolved({ a: { b: text } });
    expect(document.problems).toEqual([{ path: ['a', 'b'], text: problem }]);
    expect([...document.failed]).toEqual(['["a","b"]']);
  });

  it('tells of each variable that one string lacks', () => {
    expect(resolved([`${name('A')}${name('B')}`]).problems.map(({ text }) => text)).toEqual([
      'the environment variable A is not set',
      'the environment variable B is not set',
    ]);
  });
});

describe('references to files', () => {
  it('are the content without one newline at its end', () => {
    const folder = folderWith({ unix: 'a b\n', windows: 'c\r\n', two: 'd\n\n', 'sub/none': 'e', text: name('HOST') });
    const files = ['unix', 'windows', 'two', './sub/none', 'text', join(folder, 'unix')];
    expect(
      resolved(
        files.map((file) => ({ file })),
        folder,
      ),
    ).toMatchObject({
      value: ['a b', 'c', 'd\n', 'e', name('HOST'), 'a b'],
      problems: [],
    });
  });

  it('may be named by the environment', () => {
    const folder = folderWith({ 'example.org': 'secret' });
    expect(resolved({ a: { file: name('HOST') } }, folder)).toMatchObject({ value: { a: 'secret' }, problems: [] });
  });

  it.each([[{ file: 'x', mode: 1 }], [{ file: 1 }], [{ files: 'x' }]])('are not %j', (value) => {
    expect(resolved({ a: value })).toMatchObject({ value: { a: value }, problems: [] });
  });

  it('fail with the absolute path and the reason', () => {
    const folder = folderWith({});
    mkdirSync(join(folder, 'sub'));
    expect(resolved({ a: { file: 'none' }, b: { file: 'sub' } }, folder).problems).toEqual([
      { path: ['a'], text: `cannot read the file "${join(folder, 'none')}": no such file` },
      { path: ['b'], text: `cannot read the file "${join(folder, 'sub')}": it is a folder` },
    ]);
  });
});

describe('what was written', () => {
  it('is kept for every reference, so that messages need not quote its value', () => {
    const folder = folderWith({});
    writeFileSync(join(folder, 'key'), 'secret');
    const { written } = resolved(
      { a: `x${name('HOST')}`, b: { file: 'key' }, c: 'plain', d: `$${name('HOST')}` },
      folder,
    );
    expect([...written]).toEqual([
      ['["a"]', `"x${name('HOST')}"`],
      ['["b"]', 'the content of "key"'],
    ]);
  });

  it('keeps keys such as __proto__ as they are', () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
    expect(JSON.stringify(resolved(value).value)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });
});
