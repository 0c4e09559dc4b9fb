import { describe, expect, it } from 'vitest';
import type { MappingRules, Stage } from '../../src/config/mapping-rules.ts';
import { createMapping } from '../../src/mapping/mapping.ts';
import type { Identity } from '../../src/protocol/identity.ts';

/** `name`, or `name#tag,tag` and behind `@` the host. */
function identity(text: string): Identity {
  const [, name = '', tags = '', host] = /^([^#@]*)(?:#([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  return { name, tags: tags === '' ? [] : tags.split(','), ...(host === undefined ? {} : { host }) };
}

function shown(result: Identity | undefined): string | undefined {
  if (result === undefined) return undefined;
  const tags = result.tags.length === 0 ? '' : `#${result.tags.join(',')}`;
  return `${result.name}${tags}${result.host === undefined ? '' : `@${result.host}`}`;
}

const rules = (...stages: readonly Stage[]): MappingRules => ({ stages });

function mapped(stages: readonly Stage[], sent: string): string | undefined {
  const given = Object.freeze(identity(sent));
  Object.freeze(given.tags);
  const mapping = createMapping(rules(...stages));
  const explained = mapping.explain('counter', given);
  expect(shown(mapping.apply('counter', given))).toBe(shown(explained.result));
  return shown(explained.result);
}

type MappingOf = Extract<Stage, { kind: 'profiles' }>['profiles'][number]['mappings'][number];

const profile = (prefix: string, ...mappings: readonly Partial<MappingOf>[]) => ({
  name: prefix,
  prefix,
  mappings: mappings.map((one) => ({ match: '', matchType: 'wildcard' as const, name: 'mapped', tags: {}, ...one })),
});

describe('no rules', () => {
  it('change nothing', () => {
    const given = identity('a#b:1@web');
    expect(createMapping(rules()).apply('gauge', given)).toBe(given);
    expect(createMapping(rules()).explain('gauge', given)).toEqual({ result: given, steps: [] });
  });
});

// The first ones are the Agent's own tests in other words (server_test.go, TestMappingCases).
describe('profiles', () => {
  const jobs: Stage = {
    kind: 'profiles',
    profiles: [
      profile(
        'test.',
        { match: 'test.job.duration.*.*', name: 'test.job.duration', tags: { job_type: '$1', job_name: '$2' } },
        { match: 'test.job.size.*.*', name: 'test.job.size', tags: { foo: '$1', bar: '$2' } },
      ),
    ],
  };
  it.each([
    ['test.job.duration.my_type.my_name', 'test.job.duration#job_name:my_name,job_type:my_type'],
    ['test.job.size.my_type.my_name', 'test.job.size#bar:my_name,foo:my_type'],
    ['test.job.size.not_match', 'test.job.size.not_match'],
    ['test.job.duration.t.n#some:tag', 'test.job.duration#job_name:n,job_type:t,some:tag'],
    ['test.job.duration.t.n#job_name:other,more', 'test.job.duration#job_name:n,job_name:other,job_type:t,more'],
    ['test.job.duration.t.n@web', 'test.job.duration#job_name:n,job_type:t@web'],
    ['test.job.duration..n', 'test.job.duration#job_name:n,job_type:'],
    ['test.job.duration.t.n.more', 'test.job.duration.t.n.more'],
    ['a.test.job.duration.t.n', 'a.test.job.duration.t.n'],
    ['tes', 'tes'],
  ])('%s is %s', (sent, expected) => {
    expect(mapped([jobs], sent)).toBe(expected);
  });

  it('the first whose prefix fits is final, whether or not one of its mappings matches', () => {
    const stage: Stage = {
      kind: 'profiles',
      profiles: [
        profile('a.b.', { match: 'a.b.x' }),
        profile('a.', { match: 'a.b.y', name: 'second' }, { match: 'a.z', name: 'z' }),
        profile('*', { match: '*', name: 'every', tags: { was: '$1' } }),
      ],
    };
    const names = ['a.b.x', 'a.b.y', 'a.z', 'a.q', 'q', 'q.r'];
    expect(names.map((name) => mapped([stage], name))).toEqual(['mapped', 'a.b.y', 'z', 'a.q', 'every#was:q', 'q.r']);
  });

  it('the first mapping that matches is taken', () => {
    const stage: Stage = {
      kind: 'profiles',
      profiles: [profile('*', { match: 'a.*', name: 'first' }, { match: 'a.b', name: 'second' })],
    };
    expect(mapped([stage], 'a.b')).toBe('first');
  });

  it.each<[Partial<MappingOf>, string, string]>([
    // As Go expands: a name without braces is as long as can be.
    [{ match: 'a.*', name: 'n.$1_total' }, 'a.x', 'n.'],
    [{ match: 'a.*', name: `n.\${1}_total` }, 'a.x', 'n.x_total'],
    [{ match: 'a.*', name: 'n.$1.$$1.$9$' }, 'a.x', 'n.x.$1.$'],
    [{ match: 'a.*.*', name: '$2.$1.$0' }, 'a.x.y', 'y.x.a.x.y'],
    // A name is not made empty.
    [{ match: 'a.*', name: '$1', tags: { t: 'x' } }, 'a.', 'a.#t:x'],
    // The host of a series is the tag of that key.
    [{ match: '*.cpu', name: 'cpu', tags: { host: '$1', b: '2' } }, 'web1.cpu#a:1', 'cpu#a:1,b:2@web1'],
    [{ match: '*.cpu', name: 'cpu', tags: { host: '$1' } }, 'web1.cpu@other', 'cpu@web1'],
    // Regular expressions: Go's syntax, over the whole name, groups with names.
    [
      { match: 'a\\.(.*)\\.([0-9]+)', matchType: 'regex', name: 'n', tags: { x: '$1', y: '$2' } },
      'a.b.c.7',
      'n#x:b.c,y:7',
    ],
    [{ match: 'a\\.(?P<who>\\w+)', matchType: 'regex', name: `n.$who.\${who}s` }, 'a.bob', 'n.bob.bobs'],
    [{ match: 'b', matchType: 'regex', name: 'n' }, 'abc', 'abc'],
    [{ match: 'a(x)?(b)', matchType: 'regex', name: 'n', tags: { x: '$1', b: '$2' } }, 'ab', 'n#b:b,x:'],
    // `^` and `$` are put around the text, as the Agent does.
    [{ match: 'a|b', matchType: 'regex', name: 'n' }, 'axx', 'n'],
    [{ match: '(?i)A', matchType: 'regex', name: 'n' }, 'a', 'n'],
  ])('%j makes of %s %s', (mapping, sent, expected) => {
    expect(mapped([{ kind: 'profiles', profiles: [profile('*', mapping)] }], sent)).toBe(expected);
  });

  it('say which mapping did it, or why none did', () => {
    const explained = (name: string) => createMapping(rules(jobs)).explain('counter', identity(name)).steps;
    expect(explained('test.job.size.a.b')).toEqual([
      {
        rule: 'profiles[0].mappings[1]',
        says: 'matches "test.job.size.*.*"',
        result: { name: 'test.job.size', tags: ['bar:b', 'foo:a'] },
      },
    ]);
    expect(explained('test.x')).toMatchObject([
      { rule: 'profiles[0]', says: 'it begins with "test." of profile "test.", and no mapping there matches' },
    ]);
    expect(explained('x')).toMatchObject([{ rule: 'profiles', says: 'it begins with the prefix of no profile' }]);
  });

  it('take a linear time with any expression and any name', () => {
    const stage: Stage = {
      kind: 'profiles',
      profiles: [
        profile(
          '*',
          { match: '(a+)+', matchType: 'regex' },
          { match: `${'*a'.repeat(40)}*b` },
          { match: '(.*)(.*)(.*)(.*)(.*)x', matchType: 'regex' },
        ),
      ],
    };
    const name = `${'a'.repeat(20_000)}c`;
    expect(mapped([stage], name)).toBe(name);
  });
});

describe('a namespace', () => {
  const namespace: Stage = { kind: 'namespace', prefix: 'app.', except: ['jvm', 'datadog.'] };
  it.each([
    ['page.views', 'app.page.views'],
    ['app.page', 'app.app.page'],
    ['jvm.heap', 'jvm.heap'],
    ['jvms', 'jvms'],
    ['datadog', 'app.datadog'],
    ['datadog.x#a:1@web', 'datadog.x#a:1@web'],
    ['x#a:1@web', 'app.x#a:1@web'],
  ])('%s is %s', (sent, expected) => {
    expect(mapped([namespace], sent)).toBe(expected);
  });

  it('says which exception it was', () => {
    const { steps } = createMapping(rules(namespace)).explain('set', identity('datadog.x'));
    expect(steps).toMatchObject([{ rule: 'namespaceExcept[1]', says: 'no namespace: it begins with "datadog."' }]);
  });
});

describe('lists of names', () => {
  const both: Stage = { kind: 'names', allow: ['a.*', 'exact', 'a.b.*'], block: ['a.secret', 'a.b.c*'] };
  it.each([
    ['a.x', 'a.x'],
    ['a.', 'a.'],
    ['a', undefined],
    ['exact', 'exact'],
    ['exactly', undefined],
    ['a.secret', undefined],
    ['a.secrets', 'a.secrets'],
    ['a.b.cd', undefined],
    ['a.b.d', 'a.b.d'],
    ['__proto__', undefined],
  ])('%s is %s', (sent, expected) => {
    expect(mapped([both], sent)).toBe(expected);
  });

  it('block nothing but what they name, without a list of what is allowed', () => {
    const block: Stage = { kind: 'names', allow: undefined, block: ['a'] };
    expect([mapped([block], 'a'), mapped([block], 'b')]).toEqual([undefined, 'b']);
  });

  it('allow nothing where they are empty', () => {
    expect(mapped([{ kind: 'names', allow: [], block: [] }], 'a')).toBe(undefined);
  });

  it('say which entry it was', () => {
    const says = (name: string) =>
      createMapping(rules(both))
        .explain('counter', identity(name))
        .steps.map(({ rule, says }) => `${rule}: ${says}`);
    expect(says('a.b.c')).toEqual(['block[1]: blocked by "a.b.c*"']);
    expect(says('exact')).toEqual(['allow[1]: allowed by "exact"']);
    expect(says('z')).toEqual(['allow: blocked: it is none of the names that are allowed']);
  });
});

describe('keys of tags', () => {
  it.each<['drop' | 'keep', string, string, string]>([
    ['drop', 'b', 'a#a:1,b:2,bb:3', 'a#a:1,bb:3'],
    ['drop', 'b', 'a#b', 'a'],
    ['drop', 'b', 'a#b:', 'a'],
    ['drop', 'b', 'a#a:1@web', 'a#a:1@web'],
    ['drop', 'host', 'a#a:1@web', 'a#a:1'],
    ['keep', 'b', 'a#a:1,b:2,bb:3', 'a#b:2'],
    ['keep', 'b', 'a#a:1@web', 'a'],
    ['keep', 'host', 'a#a:1@web', 'a@web'],
    ['keep', 'host', 'a#a:1@', 'a@'],
  ])('%s %s: %s is %s', (action, key, sent, expected) => {
    expect(mapped([{ kind: 'tags', action, keys: [key] }], sent)).toBe(expected);
  });
});

describe('stages', () => {
  const all: readonly Stage[] = [
    { kind: 'profiles', profiles: [profile('raw.', { match: 'raw.*.*', name: '$1', tags: { zone: '$2' } })] },
    { kind: 'namespace', prefix: 'app.', except: ['jvm'] },
    { kind: 'names', allow: undefined, block: ['app.noise', 'noise', 'jvm.x'] },
    { kind: 'tags', action: 'drop', keys: ['pod'] },
  ];
  it.each([
    ['raw.cpu.eu#pod:7', 'app.cpu#zone:eu'],
    // The block list sees what the namespace made of it.
    ['noise', undefined],
    ['raw.noise.eu', undefined],
    ['jvm.x', undefined],
    ['jvm.y#pod:7,a', 'jvm.y#a'],
  ])('follow each other: %s is %s', (sent, expected) => {
    expect(mapped(all, sent)).toBe(expected);
  });

  it('are told one by one, up to the one that blocks', () => {
    const steps = (name: string) =>
      createMapping(rules(...all))
        .explain('counter', identity(name))
        .steps.map(({ rule, result }) => `${rule} > ${shown(result)}`);
    expect(steps('raw.cpu.eu#pod:7')).toEqual([
      'profiles[0].mappings[0] > cpu#pod:7,zone:eu',
      'namespace > app.cpu#pod:7,zone:eu',
      'block > app.cpu#pod:7,zone:eu',
      'dropTags > app.cpu#zone:eu',
    ]);
    expect(steps('noise')).toEqual(['profiles > noise', 'namespace > app.noise', 'block[0] > undefined']);
  });

  it('make no name of the server itself', () => {
    const forge: Stage = { kind: 'profiles', profiles: [profile('*', { match: 'x.*.*', name: '$1.$2' })] };
    expect(mapped([forge], 'x.statsdrain.up')).toBe(undefined);
    expect(mapped([forge], 'x.statsdrains.up')).toBe('statsdrains.up');
    expect(createMapping(rules(forge)).explain('counter', identity('x.statsdrain.up')).steps).toMatchObject([
      {
        rule: 'profiles[0].mappings[0]',
        says: 'blocked: it would be "statsdrain.up", and names that start with "statsdrain." are those of the server itself',
      },
    ]);
  });

  it('come from plain data that can be sent to another thread', () => {
    expect(structuredClone(rules(...all))).toEqual(rules(...all));
  });
});
