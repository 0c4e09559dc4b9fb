import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Hashing, type Node, placement } from '../../../backends/graphite/hashing.ts';
import { pathAt, placements } from '../../helper/carbon-placements.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const paths = Array.from({ length: 10_000 }, (_, index) => pathAt(index));

// test/fixtures/carbon-relay/placements.py asks the relays.
describe('a path goes where the relay puts it', () => {
  it('and the paths are those that the relays were given', () => {
    expect(sha256(paths.join('\n'))).toBe(placements.paths);
  });

  it.each(placements.sets.map((set) => [set.hashing, set.relay, set.nodes.length, set] as const))(
    '%s, as %s does, of %i nodes',
    (hashing, _, count, { nodes, first, sha256: all, beyond }) => {
      const place = placement(hashing, nodes);
      const digits = paths.map((path) => place(path)[0]!.toString(36)).join('');
      expect(digits.slice(0, first.length)).toBe(first);
      expect(sha256(digits)).toBe(all);
      const others = Array.from({ length: beyond.length }, (_, index) => place(`stats.gauges.köln.${index};k=🌡`));
      expect(others.map(([node]) => node!.toString(36)).join('')).toBe(beyond);
      expect(new Set(digits).size).toBe(count);
    },
  );

  it.each(placements.copies.map((set) => [set.hashing, set.relay, set.copies, set.diverse, set] as const))(
    '%s, as %s does, to %i (hosts differ: %s)',
    (hashing, _, count, diverse, { nodes, first, sha256: all }) => {
      const place = placement(hashing, nodes, { count, diverse });
      const digits = paths
        .map((path) =>
          place(path)
            .map((node) => node.toString(36))
            .join(''),
        )
        .join('');
      expect(digits.slice(0, first.length)).toBe(first);
      expect(sha256(digits)).toBe(all);
    },
  );

  it('goes to every node where there are as many copies', () => {
    const nodes = ['a', 'b', 'c'].map((instance): Node => ({ host: '127.0.0.1', port: 2003, instance }));
    for (const hashing of ['carbon_ch', 'fnv1a_ch', 'jump_fnv1a_ch'] as const) {
      const place = placement(hashing, nodes, { count: 3, diverse: false });
      for (const path of paths.slice(0, 1000)) expect(place(path).toSorted()).toEqual([0, 1, 2]);
    }
  });
});

describe('of fnv1a_ch without instances', () => {
  // 4,000 points in 65,536 places: more than a hundred share one.
  const nodes = Array.from({ length: 40 }, (_, index): Node => ({ host: `10.0.0.${index}`, port: 2003 }));

  it('the order of the nodes means nothing', () => {
    const host = (hashing: Hashing, given: readonly Node[]) => {
      const place = placement(hashing, given);
      return paths.map((path) => given[place(path)[0]!]!.host);
    };
    expect(host('fnv1a_ch', nodes.toReversed())).toEqual(host('fnv1a_ch', nodes));
  });
});
