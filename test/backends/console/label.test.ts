import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fittingLabel, labelColumns, sharedTags, wholeLabel } from '../../../backends/console/label.ts';

const row = (name: string, tags: readonly string[] = []) => ({ name, tags, updated: true, cells: [] });

function shown(name: string, tags: readonly string[], columns: number, shared?: readonly string[]): string {
  const label = fittingLabel(row(name, tags), columns, shared && new Set(shared));
  expect(labelColumns(label)).toBeLessThanOrEqual(columns);
  return label.name + label.tags;
}

describe('a name with its tags', () => {
  it.each<[string, readonly string[], number, string]>([
    ['page.views', ['env:prod'], 19, 'page.views env:prod'],
    ['page.views', ['env:prod'], 18, 'page.views env…rod'],
    ['a.long.name.without.tags', [], 15, 'a.long.…ut.tags'],
    ['db.query', ['host:a-very-long-host-name', 'env:prod'], 35, 'db.query host:a-v…ost-name env:prod'],
    ['the.name.of.a.service.checkout', ['env:prod', 'status:500'], 35, 'the.nam…heckout env:prod status:500'],
    ['requests', ['a:1', 'b:2', 'c:3', 'd:4', 'e:5', 'f:6'], 40, 'requests a:1 b:2 c:3 d:4 e:5 f:6'],
  ])('%s %j in %d columns', (name, tags, columns, expected) => {
    expect(shown(name, tags, columns)).toBe(expected);
  });

  it('leaves out first what all rows of the name have', () => {
    const tags = ['method:GET', 'route:/api/v1/users', 'status:200'];
    const shared = ['method:GET'];
    expect(shown('http.duration', tags, 60, shared)).toBe('http.duration method:GET route:/api/v1/users status:200');
    expect(shown('http.duration', tags, 50, shared)).toBe('http.duration route:/api/v1/users status:200 +1');
    expect(shown('http.duration', tags, 40, shared)).toBe('http.d…ation route:…/users status:200 +1');
  });

  it('counts the tags for which there is no room', () => {
    const tags = Array.from({ length: 30 }, (_, i) => `key-${i}:a-value-${i}`);
    expect(shown('http.duration', tags, 40)).toBe('http.d…ation key…e-0 key…e-1 key…e-2 +27');
  });

  it('fits, whatever it is', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 70 }), fc.integer({ min: 13, max: 120 }), (name, tags, columns) => {
        const label = fittingLabel(row(name, tags), columns, new Set(tags.slice(0, 2)));
        expect(labelColumns(label)).toBeLessThanOrEqual(columns);
        if (labelColumns(wholeLabel(row(name, tags))) <= columns) expect(label).toEqual(wholeLabel(row(name, tags)));
      }),
    );
  });
});

describe('the tags that all rows of a name share', () => {
  it('are known where there are several rows', () => {
    const rows = [row('a', ['x:1', 'y:1']), row('b', ['x:1']), row('a', ['x:1', 'y:2']), row('a', ['x:1'])];
    expect(sharedTags(rows)).toEqual(new Map([['a', new Set(['x:1'])]]));
  });
});
