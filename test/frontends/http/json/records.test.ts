import { expect, it } from 'vitest';
import { parseJson, readList, readRecords } from '../../../../frontends/http/json/records.ts';
import type { LogRecord } from '../../../../frontends/http/records/record.ts';
import type { Post } from '../../../../frontends/http/senders/sender.ts';
import { atOnce } from '../../../../src/kit/slices.ts';

/** A post whose records are kept; `flush` empties what is held. */
function post({ repeated = false, full = 100, spent = (): boolean => false } = {}) {
  const taken: string[] = [];
  const counted: string[] = [];
  const flushes: number[] = [];
  let held = 0;
  const logs = {
    record({ text }: LogRecord) {
      taken.push(text);
      return ++held >= full;
    },
    // biome-ignore lint/correctness/useYield: there is nothing to wait for.
    *flush() {
      flushes.push(held);
      held = 0;
    },
  };
  const count = (name: string, value: number) => counted.push(`${name} ${value}`);
  return { taken, counted, flushes, post: { logs, repeated, spent, count } as unknown as Post };
}

it('hands records over, and counts what is none', () => {
  const { taken, counted, post: one } = post();
  atOnce(readRecords(Buffer.from('{"msg":"a"}\noops\n["b", 1]\n{"x":1}'), one));
  expect(taken).toEqual(['a', 'b', '{"x":1}']);
  expect(counted).toEqual(['drain.bad_records 1']);
});

it('counts nothing of a body that comes again', () => {
  const { counted, post: one } = post({ repeated: true });
  atOnce(readRecords(Buffer.from('oops'), one));
  expect(counted).toEqual([]);
});

it('has records read when enough are held: by those who hold them, by their number or by their length', () => {
  const few = post({ full: 2 });
  atOnce(readRecords(Buffer.from('{"msg":"a"}'.repeat(5)), few.post));
  expect(few.flushes).toEqual([2, 2]);
  const many = post({ full: 1e6 });
  atOnce(readRecords(Buffer.from('{}\n'.repeat(3000)), many.post));
  expect(many.flushes).toEqual([1025, 1025]);
  const long = post({ full: 1e6 });
  atOnce(readRecords(Buffer.from(`{"msg":"a","b":"${'x'.repeat(400_000)}"}\n`.repeat(5)), long.post));
  expect(long.flushes).toEqual([3]);
});

it('gives way when its time is over', () => {
  let turns = 0;
  for (const _ of readRecords(Buffer.from('{}\n'.repeat(100)), post({ spent: () => true }).post)) turns++;
  expect(turns).toBe(6);
  turns = 0;
  for (const _ of readRecords(Buffer.from('oops\n'.repeat(100)), post({ spent: () => true }).post)) turns++;
  expect(turns).toBe(6);
});

it('reads the list of an object, and what stands beside it', () => {
  const { taken, post: one } = post();
  const fields: unknown[] = [];
  const body = Buffer.from(`{"a":"b","long":"${'x'.repeat(2000)}","list":[{"n":1},{"n":2}]}`);
  const end = atOnce(
    readList(body, 0, one, {
      list: 'list',
      field: (key, value) => fields.push([key, value]),
      make: (value) => ({ text: JSON.stringify(value) }),
    }),
  );
  expect({ end, fields, taken }).toEqual({ end: body.length, fields: [['a', 'b']], taken: ['{"n":1}', '{"n":2}'] });
});

it('gives undefined for what is no JSON', () => {
  expect([parseJson('{"a":1}'), parseJson('{'), parseJson('')]).toEqual([{ a: 1 }, undefined, undefined]);
});
