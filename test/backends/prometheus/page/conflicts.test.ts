import { afterEach, expect, it, vi } from 'vitest';
import { type Conflict, createConflicts } from '../../../../backends/prometheus/page/conflicts.ts';
import { recordingContext } from '../../../helper/window.ts';

afterEach(() => vi.restoreAllMocks());

const conflict = (name: string, changes: Partial<Conflict> = {}) =>
  ({ name, type: 'gauge', reason: 'type_conflict', owner: 'counter', ...changes }) as const;

function open() {
  const { log, logged } = recordingContext();
  return { conflicts: createConflicts(log), logged };
}

it('lists the latest first, each once, with the times', () => {
  const { conflicts } = open();
  conflicts.refused(conflict('a'), 1000);
  conflicts.refused(conflict('b'), 2000);
  conflicts.refused(conflict('a'), 3000);
  conflicts.refused(conflict('a', { type: 'set' }), 4000);
  conflicts.refused({ name: 'a', type: 'gauge', reason: 'too_many_series' }, 5000);
  expect(conflicts.list()).toEqual([
    { name: 'a', type: 'gauge', reason: 'too_many_series', times: 1, firstMs: 5000, lastMs: 5000 },
    { ...conflict('a', { type: 'set' }), times: 1, firstMs: 4000, lastMs: 4000 },
    { ...conflict('a'), times: 2, firstMs: 1000, lastMs: 3000 },
    { ...conflict('b'), times: 1, firstMs: 2000, lastMs: 2000 },
  ]);
  expect(conflicts.others).toBe(0);
});

it('holds the last thousand, and tells how many others there were', () => {
  const { conflicts } = open();
  for (let i = 0; i < 1500; i++) conflicts.refused(conflict(`n${i}`), i);
  conflicts.refused(conflict('n600'), 2000);
  const names = conflicts.list().map(({ name }) => name);
  expect([names.length, names[0], names[1], names.at(-1)]).toEqual([1000, 'n600', 'n1499', 'n500']);
  expect(conflicts.others).toBe(500);
});

it.each([
  [conflict('x'), 'gauge "x": its name belongs to a counter, which came first'],
  [conflict('x', { owner: undefined }), 'gauge "x": its name belongs to another type, which came first'],
  [conflict('x', { owner: undefined, reason: 'reserved_name' }), `gauge "x": the name is one of Prometheus' own`],
  [conflict('x', { owner: undefined, reason: 'too_many_series' }), 'as many series as "maxSeries" allows'],
  [
    conflict('x', { owner: undefined, reason: 'negative', type: 'counter' }),
    'counter "x": the sum of what came is below 0',
  ],
  [
    conflict('x', { owner: undefined, reason: 'not_finite', type: 'timer' }),
    'timer "x": the sum of what came is no finite number',
  ],
  [conflict('x"\n'.padEnd(1000, 'y')), `gauge ${JSON.stringify('x"\n'.padEnd(128, 'y'))}: its name`],
])('says what is wrong: %j', (refused, text) => {
  const { conflicts, logged } = open();
  conflicts.refused(refused, 0);
  expect(logged).toMatchObject([{ level: 'warn', fields: { times: 1 } }]);
  expect(logged[0]?.message).toContain(text);
});

it('is one line of the log a minute, of some of the names', () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const { conflicts, logged } = open();
  for (let second = 0; second < 119; second++) {
    now = second * 1000;
    for (let i = 0; i < 10; i++) conflicts.refused(conflict(`n${i}`), now);
  }
  expect(logged).toHaveLength(2);
  expect(logged[0]?.message).toBe(
    'refused on the page: gauge "n0": its name belongs to a counter, which came first; GET /conflicts lists all',
  );
  // The other nine of the first second, ten of each of the 59 that follow, and the one that made it be told.
  expect(logged[1]?.fields).toEqual({ times: 9 + 590 + 1 });
  expect(logged[1]?.message).toMatch(/^refused on the page: gauge "n1": .*; gauge "n5": .* \(and 5 more names\);/);
});
