import { expect, it } from 'vitest';
import { createMemories } from '../../src/ingest/memories.ts';

const drain = { name: 'drain', module: 'http' };

it('gives a successor what was made before it, by name and key', () => {
  const memories = createMemories();
  const first = memories.of(drain);
  const seen = first('seen', () => new Set(['a']));
  expect(first('seen', () => new Set())).toBe(seen);
  expect(memories.of(drain)('seen', () => new Set())).toBe(seen);
  expect(memories.of(drain)('other', () => 7)).toBe(7);
  expect(memories.of({ ...drain, name: 'second' })('seen', () => 'its own')).toBe('its own');
});

it('keeps undefined too: what was made once is not made again', () => {
  let made = 0;
  const kept = createMemories().of(drain);
  for (const _ of [1, 2]) kept('nothing', () => void made++);
  expect(made).toBe(1);
});

it('lets go of what no configured front-end kept, and of that of another plugin', () => {
  const memories = createMemories();
  const made = (owner: typeof drain, value: number) => memories.of(owner)('x', () => value);
  made(drain, 1);
  made({ name: 'gone', module: 'http' }, 1);
  memories.keepOnly([drain]);
  expect([made(drain, 2), made({ name: 'gone', module: 'http' }, 2)]).toEqual([1, 2]);
  memories.keepOnly([{ name: 'drain', module: 'tcp' }]);
  expect(made(drain, 3)).toBe(3);
  expect(made({ name: 'drain', module: 'tcp' }, 4)).toBe(4);
});
