import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newFolder, readCaptured, writeCaptured } from '../../src/commands/captured.ts';
import { folderWith } from '../config/temporary.ts';

const head = { method: 'POST', path: '/logs?app=shop', headers: { 'content-type': 'text/plain' } };

it('reads what it wrote, in the order in which it came', () => {
  const folder = join(folderWith({}), 'new', 'folder');
  newFolder(folder);
  const body = Buffer.from([0, 255, 10, 128]);
  for (const number of [9999, 10_000, 2]) {
    writeCaptured(folder, number, { ...head, time: '2024-05-01T10:00:00Z', status: 204, client: 'user drain', body });
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('0002'))).toEqual(['0002.body', '0002.headers.json']);
  expect(JSON.parse(readFileSync(join(folder, '0002.headers.json'), 'utf8'))).toEqual({
    ...head,
    time: '2024-05-01T10:00:00Z',
    status: 204,
    client: 'user drain',
  });
  for (const name of [folder, ...readdirSync(folder).map((file) => join(folder, file))]) {
    expect(statSync(name).mode & 0o077).toBe(0);
  }
  const captured = readCaptured(folder);
  expect(captured.map(({ name }) => name)).toEqual(['0002', '9999', '10000']);
  expect(captured[0]?.request).toEqual({ ...head, client: 'user drain', body });
  for (const file of ['0002.body', '0002.headers.json']) {
    expect(readCaptured(join(folder, file))).toEqual([captured[0]]);
  }
});

it('takes any other file as a body that is posted without headers', () => {
  const folder = folderWith({ 'some.txt': 'count#a=1\n', 'alone.body': 'x' });
  expect(readCaptured(join(folder, 'some.txt'))).toEqual([
    {
      name: 'some.txt',
      request: { method: 'POST', path: '/logs', headers: {}, body: Buffer.from('count#a=1\n') },
      isBare: true,
    },
  ]);
  expect(readCaptured(join(folder, 'alone.body'))[0]?.request.body).toEqual(Buffer.from('x'));
});

it('names of headers are in lower case', () => {
  const folder = folderWith({ '1.headers.json': { ...head, headers: { 'Content-Type': 'a' } }, '1.body': '' });
  expect(readCaptured(folder)[0]?.request.headers).toEqual({ 'content-type': 'a' });
});

it.each([
  ['[', 'is no object of JSON'],
  ['3', 'is no object of JSON'],
  [{ ...head, method: 1 }, 'needs "method" and "path", such as "POST" and "/logs?app=shop"'],
  [{ ...head, path: 'logs' }, 'needs "method" and "path", such as "POST" and "/logs?app=shop"'],
  [{ ...head, headers: [] }, 'needs "headers", an object of texts'],
  [{ ...head, headers: { a: 1 } }, 'the header "a" is no text'],
])('refuses %j', (content, problem) => {
  const folder = folderWith({ '1.headers.json': content, '1.body': '' });
  expect(() => readCaptured(folder)).toThrow(`${join(folder, '1.headers.json')}: ${problem}`);
});

it('names what is missing', () => {
  const folder = folderWith({ 'a/1.headers.json': head, 'b/x.txt': '' });
  expect(() => readCaptured(join(folder, 'a'))).toThrow(`${join(folder, 'a/1.body')}: no such file`);
  expect(() => readCaptured(join(folder, 'b'))).toThrow(
    `${join(folder, 'b')} has no captures: files such as 0001.headers.json and 0001.body`,
  );
  expect(() => readCaptured(join(folder, 'c'))).toThrow(`${join(folder, 'c')}: no such file`);
});

it('mixes no captures of two times', () => {
  const folder = folderWith({ '0001.headers.json': head });
  expect(() => newFolder(folder)).toThrow(`${folder} has captures already`);
  const other = folderWith({});
  writeFileSync(join(other, 'notes.txt'), '');
  expect(() => newFolder(other)).not.toThrow();
});
