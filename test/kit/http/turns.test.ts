import { expect, it } from 'vitest';
import { createTurns } from '../../../src/kit/http/turns.ts';

it('gives as many a turn as there are tools, the others in their order, and a tool only to one at a time', () => {
  const made: string[] = [];
  const turns = createTurns(2, () => {
    made.push(`tool ${made.length}`);
    return made.at(-1)!;
  });
  const begun: string[] = [];
  const take = (name: string) => turns.take((tool) => begun.push(`${name} with ${tool}`));
  const [a, b, c, d] = [take('a'), take('b'), take('c'), take('d')];
  take('e');
  expect(begun).toEqual(['a with tool 0', 'b with tool 1']);
  c.end();
  b.end();
  b.end();
  expect(begun.slice(2)).toEqual(['d with tool 1']);
  a.end();
  d.end();
  expect(begun.slice(3)).toEqual(['e with tool 0']);
  expect(made).toEqual(['tool 0', 'tool 1']);
});
