import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPacker, type Message } from '../../../backends/graphite/pack.ts';
import { readMessages, unpickle } from '../../helper/pickle.ts';

type Input = readonly (readonly [path: string, value: number, seconds: number])[];

function packed(points: Input): Buffer {
  const packer = createPacker('pickle');
  const messages: Message[] = [];
  for (const [path, value, seconds] of points) {
    packer.add(path, value, seconds);
    messages.push(...packer.take());
  }
  messages.push(...packer.finish());
  const bytes = Buffer.concat(messages.map(({ bytes }) => bytes));
  expect(packer.length).toBe(bytes.length);
  return bytes;
}

describe('pickle', () => {
  it('is what the original writes', () => {
    const bytes = packed([
      ['stats.statsd.bad_lines_seen', 0, 1_795_404_886],
      ['stats.c;env=prod', 0.1 + 0.2, 1_795_404_886],
    ]);
    const body =
      "(l(S'stats.statsd.bad_lines_seen'\n(L1795404886L\nS'0'\ntta" +
      "(S'stats.c;env=prod'\n(L1795404886L\nS'0.30000000000000004'\ntta.";
    expect(bytes.readUInt32BE()).toBe(body.length);
    expect(bytes.toString('latin1', 4)).toBe(body);
  });

  it.each([
    ['a quote', "it's", "Vit's\n"],
    ['a backslash', 'a\\b', 'Va\\u005cb\n'],
    ['an escape that is none', '\\u0041', 'V\\u005cu0041\n'],
    ['letters beyond ASCII', 'köln', 'Vk\\u00f6ln\n'],
    ['a pair of surrogates', '🌡', 'V\\U0001f321\n'],
    ['opcodes after a quote', "x'\n.", "Vx'\\u000a.\n"],
    ['double quotes', '"x"', `S'"x"'\n`],
  ])('keeps a path with %s in one string', (_, path, line) => {
    const body = packed([[path, 1, 2]]).toString('latin1', 4);
    expect(body).toBe(`(l(${line}(L2L\nS'1'\ntta.`);
    expect(unpickle(body)).toEqual([[path, '2', '1']]);
  });

  it('gives back every path', () => {
    const path = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom("'", '\\', '\n', 'u', '.') }),
    );
    fc.assert(
      fc.property(fc.array(path), (paths) => {
        const { points, read } = readMessages(packed(paths.map((one, index) => [one, index, 7])));
        expect(points).toEqual(paths.map((one, index) => [one, '7', String(index)]));
        expect(read).toBeGreaterThanOrEqual(paths.length);
      }),
    );
  });

  it('is cut into messages that carbon takes, of as many whole points as fit', () => {
    const points: [string, number, number][] = [];
    for (let i = 0; i < 60_000; i++) points.push([`stats.gauges.some.name.of.a.usual.length.${i}`, i, 1_700_000_010]);
    const bytes = packed(points);
    const { points: read, sizes } = readMessages(bytes);
    expect(read.map(([path]) => path)).toEqual(points.map(([path]) => path));
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 20);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(2 ** 20 - 200);
  });

  it('fills a message to the last byte that carbon takes', () => {
    const first = "(S'a'\n(L1L\nS'1'\ntta".length;
    const frame = "(l(S''\n(L1L\nS'1'\ntta.".length;
    const room = 2 ** 20 - frame - first;
    const sizes = (length: number) =>
      readMessages(
        packed([
          ['a', 1, 1],
          ['b'.repeat(length), 1, 1],
        ]),
      ).sizes;
    expect(sizes(room)).toEqual([2 ** 20]);
    expect(sizes(room + 1)).toHaveLength(2);
  });

  it('is nothing when there are no points', () => {
    expect(packed([])).toHaveLength(0);
  });
});

describe('points that are divided among nodes', () => {
  const division = { nodes: 3, place: (path: string) => [Number(path.at(-1))] };

  it('are in the messages of their node, in their order', () => {
    const packer = createPacker('text', division);
    for (const path of ['a.2', 'b.0', 'c.2', 'd.0']) packer.add(path, 1, 7);
    const texts = packer.finish().map(({ node, bytes }) => [node, Buffer.from(bytes).toString()]);
    expect(texts).toEqual([
      [0, 'b.0 1 7\nd.0 1 7\n'],
      [2, 'a.2 1 7\nc.2 1 7\n'],
    ]);
    expect(packer.length).toBe(32);
  });

  it('have a pause before they fill a message', () => {
    const packer = createPacker('text', { nodes: 1000, place: (path) => [Number(path)] });
    let most = 0;
    for (let i = 0, since = 0; i < 20_000; i++) {
      packer.add(String(i % 1000), 1, 7);
      most = Math.max(most, ++since);
      if (packer.take().length > 0) since = 0;
    }
    expect(most).toBeLessThanOrEqual(4096);
  });

  it('name each series once, in the message of its first point', () => {
    const packer = createPacker('text', division);
    packer.begin('first');
    for (const path of ['first.1', 'first.0', 'first.1']) packer.add(path, 1, 7);
    packer.begin('nothing of it can be sent');
    packer.begin('second');
    for (const path of ['second.0', 'second.1']) packer.add(path, 1, 7);
    packer.begin(undefined);
    packer.add('own.0', 1, 7);
    expect(packer.finish().map(({ node, names }) => [node, names])).toEqual([
      [0, ['second']],
      [1, ['first']],
    ]);
  });

  it('are in the messages of each of their nodes, and each series is the first of one of them', () => {
    const packer = createPacker('text', { nodes: 3, place: (path) => [...path].slice(-2).map(Number) });
    packer.begin('a');
    for (const path of ['a.count.02', 'a.rate.21']) packer.add(path, 1, 7);
    packer.begin('b');
    packer.add('b.20', 1, 7);
    const found = packer
      .finish()
      .map(({ node, bytes, names, firsts }) => [node, Buffer.from(bytes).toString(), names, firsts]);
    expect(found).toEqual([
      [0, 'a.count.02 1 7\nb.20 1 7\n', ['a', 'b'], 1],
      [1, 'a.rate.21 1 7\n', [], 0],
      [2, 'a.count.02 1 7\na.rate.21 1 7\nb.20 1 7\n', ['a', 'b'], 1],
    ]);
  });

  it('name a series in the message that its first point began', () => {
    const packer = createPacker('text');
    packer.begin('a');
    packer.add('a'.repeat(65_000), 1, 7);
    packer.begin('b');
    packer.add('b'.repeat(1000), 1, 7);
    expect(packer.finish().map(({ names }) => names)).toEqual([['a'], ['b']]);
  });
});
