import { describe, expect, it } from 'vitest';
import { createViewSteps } from '../../src/explain/view-steps.ts';
import type { Naming } from '../../src/plugin.ts';

const naming: Naming = {
  id: 'capitals',
  rename(_type, series) {
    if (series.name.includes('!')) return undefined;
    if (series.name.includes('?')) throw new Error('no such name');
    return series.name === series.name.toUpperCase() ? series : { ...series, name: series.name.toUpperCase() };
  },
};
const mapping = {
  stages: [
    { kind: 'namespace', prefix: 'app.', except: [] },
    { kind: 'names', allow: undefined, block: ['app.no'] },
  ] as const,
};

const follow = createViewSteps({
  writers: [{ name: 'one' }, { name: 'two' }],
  mapping,
  path: 'backends[0].mapping',
  naming,
});

describe('what becomes of a series', () => {
  it('is told by rules with their places, and at last by the name that back-ends give it', () => {
    expect(follow('counter', { name: 'a', tags: ['t'] })).toEqual({
      result: { name: 'APP.A', tags: ['t'] },
      written: [],
      steps: [
        {
          rule: 'backends[0].mapping.namespace',
          says: '"app." before the name',
          result: { name: 'app.a', tags: ['t'] },
        },
        { rule: 'backends[0].mapping.block', says: 'not blocked', result: { name: 'app.a', tags: ['t'] } },
        { rule: 'naming', says: 'as "one", "two" write names', result: { name: 'APP.A', tags: ['t'] } },
      ],
    });
  });

  it('ends where it is blocked', () => {
    const { result, steps } = follow('counter', { name: 'no', tags: [] });
    expect(result).toBeUndefined();
    expect(steps.map(({ rule }) => rule)).toEqual(['backends[0].mapping.namespace', 'backends[0].mapping.block[0]']);
  });

  it('ends where the back-ends have no such name', () => {
    for (const [name, says] of [
      ['a!', 'there is no such name, as "one", "two" write names: it is counted as lost for bad_name'],
      ['a?', 'Error: no such name'],
      ['b!', 'there is no such name, as "one", "two" write names: it is counted as lost for bad_name'],
    ]) {
      const { result, steps } = follow('counter', { name: name!, tags: [] });
      expect([result, steps.at(-1)]).toEqual([undefined, { rule: 'naming', says, result: undefined }]);
    }
  });

  it('says what goes into an exemplar', () => {
    const traces: Naming = {
      id: 'traces',
      rename: (_type, { name }) => ({ name, tags: [], exemplar: ['t:1', 'u:2'] }),
    };
    const { result, steps } = createViewSteps({ writers: [{ name: 'x' }], path: 'mapping', naming: traces })(
      'counter',
      {
        name: 'a',
        tags: ['t:1', 'u:2'],
      },
    );
    expect([result, steps]).toEqual([
      { name: 'a', tags: [] },
      [{ rule: 'naming', says: 'as "x" writes names, with the exemplar t:1,u:2', result: { name: 'a', tags: [] } }],
    ]);
  });

  it('is nothing without rules', () => {
    const series = { name: 'a', tags: [] };
    expect(createViewSteps({ writers: [{ name: 'x' }], path: 'mapping' })('set', series)).toEqual({
      steps: [],
      result: series,
      written: [],
    });
  });

  it('is told with what each back-end writes of it', () => {
    const writers = [
      { name: 'page', written: (type: string, { name }: { readonly name: string }) => [`${name}_total (${type})`] },
      { name: 'silent' },
      { name: 'refuses', written: () => [] },
    ];
    const follow = createViewSteps({ writers, mapping, path: 'mapping' });
    expect(follow('counter', { name: 'a', tags: [] }).written).toEqual([
      { backend: 'page', names: ['app.a_total (counter)'] },
      { backend: 'refuses', names: [] },
    ]);
    expect(follow('counter', { name: 'no', tags: [] }).written).toEqual([]);
  });
});
