import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createByAge } from '../../src/dispatch/by-age.ts';

interface One {
  readonly sinceMs: number;
  readonly name: number;
}

it('gives the oldest first, and of those that are as old what was put back before the others', () => {
  const waiting = createByAge<One>();
  for (const [name, sinceMs] of [1, 1, 2, 3].entries()) waiting.add({ sinceMs, name });
  const first = waiting.shift()!;
  const second = waiting.shift()!;
  waiting.putBack(second);
  waiting.putBack(first);
  waiting.putBack({ sinceMs: 2, name: 9 });
  expect([waiting.length, waiting.first?.name]).toEqual([5, 0]);
  expect(waiting.takeAll().map(({ name }) => name)).toEqual([0, 1, 9, 2, 3]);
  expect([waiting.length, waiting.first, waiting.shift()]).toEqual([0, undefined, undefined]);
});

it('does what an array does that is cut and sorted each time', () => {
  const steps = fc.array(fc.oneof(fc.constant('add'), fc.constant('shift'), fc.constant('back')), { maxLength: 4000 });
  fc.assert(
    fc.property(steps, (all) => {
      const waiting = createByAge<One>();
      let model: One[] = [];
      const taken: One[] = [];
      for (const [name, step] of all.entries()) {
        if (step === 'add') {
          const one = { sinceMs: name >> 2, name };
          waiting.add(one);
          model.push(one);
        } else if (step === 'shift') {
          const one = waiting.shift();
          expect(one).toBe(model.shift());
          if (one !== undefined) taken.push(one);
        } else {
          const one = taken.shift();
          if (one === undefined) continue;
          waiting.putBack(one);
          model = [one, ...model].sort((a, b) => a.sinceMs - b.sinceMs);
        }
        expect(waiting.length).toBe(model.length);
      }
      expect([...waiting.values()]).toEqual(model);
    }),
    { numRuns: 30 },
  );
});

it('gives back the room of what has left', () => {
  const waiting = createByAge<One>();
  for (let name = 0; name < 10_000; name++) {
    waiting.add({ sinceMs: name, name });
    if (name >= 10) expect(waiting.shift()?.name).toBe(name - 10);
  }
  expect(waiting.takeAll().map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, index) => 9990 + index));
});
