import { describe, expect, it } from 'vitest';
import { folderWith, loadIn, problemsOf } from './temporary.ts';

const good = { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }] };

const profile = (...mappings: readonly unknown[]) => ({ profiles: [{ name: 'p', prefix: 'a.', mappings }] });
const keys =
  '(valid keys: profiles, file, mappings, defaults, unmapped, namespace, namespaceExcept, allow, block, renameTags, dropTags, keepTags)';
const at = 'profiles[0].mappings[0]';
const alphabet = 'a wildcard pattern has letters, digits, "-", "_", "." and "*" only';

const mistakes: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['no rules', 5, [': 5 is not a non-empty string or an object']],
  ['an unknown key', { blocks: [] }, [`.blocks: unknown key; did you mean "block"? ${keys}`]],
  [
    'the spelling of the Agent',
    profile({ match: 'a.*', match_type: 'regex', name: 'n' }),
    [`.${at}.match_type: unknown key; did you mean "matchType"? (valid keys: match, matchType, name, tags)`],
  ],
  [
    'an unknown type of match',
    profile({ match: 'a.*', matchType: 'glob', name: 'n' }),
    [`.${at}.matchType: "glob" is not a valid value (valid values: wildcard, regex)`],
  ],
  ['no name', profile({ match: 'a.*' }), [`.${at}.name: required key is missing (a non-empty string)`]],
  ['an empty name', profile({ match: 'a.*', name: '' }), [`.${at}.name: "" is empty`]],
  ['no match', profile({ match: '', name: 'n' }), [`.${at}.match: "" is empty`]],
  [
    'a profile without prefix and name',
    { profiles: [{ mappings: [] }] },
    ['name', 'prefix'].map((key) => `.profiles[0].${key}: required key is missing (a non-empty string)`),
  ],
  [
    'a wildcard pattern that looks like a regular expression',
    profile({ match: 'a.(.*)', name: 'n' }),
    [`.${at}.match: "a.(.*)" has "(" at character 3; ${alphabet}`],
  ],
  [
    'two stars',
    profile({ match: 'a.**', name: 'n' }),
    [`.${at}.match: "a.**" has "**" at character 3; write one "*", which matches up to a dot`],
  ],
  [
    'a regular expression that is none',
    profile({ match: 'a\\.(b', matchType: 'regex', name: 'n' }),
    [`.${at}.match: "a\\\\.(b" is no regular expression of Go: missing closing ) at character 4, "(b"`],
  ],
  [
    'what Go has not',
    profile({ match: 'a(?!b)', matchType: 'regex', name: 'n' }),
    [
      `.${at}.match: "a(?!b)" is no regular expression of Go: invalid or unsupported Perl syntax at character 2, "(?!b)"`,
    ],
  ],
  [
    'a group that is not there',
    profile({ match: 'a.*.*', name: 'n', tags: { x: '$3' } }),
    [`.${at}.tags.x: "$3" has "$3", and "match" has no group 3 (it has 2)`],
  ],
  [
    'a group where there are none',
    profile({ match: 'a.b', name: 'n.$1' }),
    [`.${at}.name: "n.$1" has "$1", and "match" has no group 1 (it has none)`],
  ],
  [
    'a group that goes on',
    profile({ match: 'a.*', name: '$1_total' }),
    [
      `.${at}.name: "$1_total" has "$1_total", and "match" has no group named "1_total" (it has one); write "\${1}_total" for group 1 with "_total" behind it`,
    ],
  ],
  [
    'the name of no group',
    profile({ match: 'a.(?P<zone>x)', matchType: 'regex', name: '$zoen' }),
    [`.${at}.name: "$zoen" has "$zoen", and "match" has no group named "zoen" (it has one, with the names "zone")`],
  ],
  [
    'a name of the server itself',
    profile({ match: 'a.*', name: 'statsdrain.$1' }),
    [`.${at}.name: "statsdrain.$1" must not start with "statsdrain.": these are the names of the server itself`],
  ],
  [
    'a tag that is a pair',
    profile({ match: 'a.*', name: 'n', tags: { 'x:y': 'z' } }),
    [`.${at}.tags["x:y"]: the key cannot be empty, nor have a ":" or a ","`],
  ],
  [
    'a mapping that nothing gets to',
    profile({ match: 'a.*', name: 'n' }, { match: 'a.b', name: 'm' }),
    [
      '.profiles[0].mappings[1].match: "a.b" is never reached: mappings[0] ("a.*") takes every name that it matches; put it before that one',
    ],
  ],
  [
    'a mapping outside of its profile',
    profile({ match: 'b.*', name: 'n' }),
    [`.${at}.match: "b.*" is never reached: it matches no name that begins with the prefix "a."`],
  ],
  [
    'a profile that nothing gets to',
    {
      profiles: [
        { name: 'all', prefix: '*', mappings: [] },
        { name: 'p', prefix: 'a.', mappings: [] },
      ],
    },
    [
      '.profiles[1].prefix: "a." is never reached: names that begin so are those of profiles[0] ("*"); put this profile before that one',
    ],
  ],
  ['an empty namespace', { namespace: '' }, ['.namespace: "" is empty']],
  [
    'the namespace of the server itself',
    { namespace: 'statsdrain' },
    ['.namespace: "statsdrain" must not start with "statsdrain.": these are the names of the server itself'],
  ],
  [
    'exceptions from no namespace',
    { namespaceExcept: ['jvm'] },
    ['.namespaceExcept: belongs to "namespace", which is not given'],
  ],
  [
    'a star in the middle',
    { block: ['a.*.b'] },
    ['.block[0]: "a.*.b" has a "*" that is not at its end, where it stands for any rest of a name'],
  ],
  ['a name twice', { block: ['a', 'b', 'a'] }, ['.block[2]: "a" is listed twice']],
  ['a name among others', { allow: ['a.b', 'a.*'] }, ['.allow[0]: "a.b" is among "a.*" already; remove one of them']],
  [
    'a name that is allowed and blocked',
    { allow: ['a.b'], block: ['a.*'] },
    ['.allow[0]: "a.b" is blocked by "a.*" in "block"; remove one of them'],
  ],
  [
    'a name without the namespace',
    { namespace: 'app', namespaceExcept: ['jvm'], block: ['noise', 'app.noise', 'jvm.x', 'b*'] },
    ['noise', 'b*'].map(
      (name, index) =>
        `.block[${index * 3}]: "${name}" is no name here: by then all have the namespace; write "app.${name}"`,
    ),
  ],
  [
    'a pair for a key',
    { dropTags: ['env:prod'] },
    ['.dropTags[0]: "env:prod" is not the key of a tag, which has no ":" and no ","'],
  ],
  ['a key twice', { keepTags: ['a', 'a'] }, ['.keepTags[1]: "a" is listed twice']],
  [
    'several mistakes at once',
    {
      ...profile({ match: 'a.(', name: 'n' }, { match: 'a.*', name: '$2' }, { match: 'a.b', name: 'm' }),
      dropTags: ['a:b'],
      keepTags: [],
    },
    [
      `.${at}.match: "a.(" has "(" at character 3; ${alphabet}`,
      '.profiles[0].mappings[1].name: "$2" has "$2", and "match" has no group 2 (it has one)',
      '.profiles[0].mappings[2].match: "a.b" is never reached: mappings[1] ("a.*") takes every name that it matches; put it before that one',
      '.dropTags: "keepTags" beside it drops all other tags; keep one of the two keys',
      '.dropTags[0]: "a:b" is not the key of a tag, which has no ":" and no ","',
    ],
  ],
  [
    'keys to drop and to keep',
    { dropTags: ['a'], keepTags: ['b'] },
    ['.dropTags: "keepTags" beside it drops all other tags; keep one of the two keys'],
  ],
];

describe('mistakes in mapping', () => {
  it.each(mistakes)('%s', async (_name, mapping, problems) => {
    expect(await problemsOf({ ...good, mapping })).toEqual(problems.map((problem) => `config.json: mapping${problem}`));
  });

  it.each(mistakes)('%s, of a back-end', async (_name, mapping, problems) => {
    const backends = [{ type: 'console', mapping }];
    expect(await problemsOf({ ...good, backends })).toEqual(
      problems.map((problem) => `config.json: backends[0].mapping${problem}`),
    );
  });
});

const rules = {
  profiles: [
    {
      name: 'jobs',
      prefix: 'job.',
      mappings: [
        { match: 'job.*.*', name: `job.\${1}_total`, tags: { file: '$2', host: '$1' } },
        { match: 'job\\.(?P<NAME>.+)', matchType: 'regex', name: 'job', tags: { name: '$NAME' } },
      ],
    },
  ],
  namespace: 'app',
  namespaceExcept: ['jvm'],
  block: ['app.noise', 'jvm.debug.*'],
  dropTags: ['pod'],
};

describe('rules', () => {
  it('of names may be wider than the namespace', async () => {
    const mapping = { namespace: 'app', namespaceExcept: ['jvm'], block: ['a*', 'jv*'] };
    expect(await problemsOf({ ...good, mapping })).toEqual([]);
  });

  const stages = [
    {
      kind: 'profiles',
      profiles: [
        {
          name: 'jobs',
          prefix: 'job.',
          mappings: [
            { match: 'job.*.*', matchType: 'wildcard', name: `job.\${1}_total`, tags: { file: '$2', host: '$1' } },
            { match: 'job\\.(?P<NAME>.+)', matchType: 'regex', name: 'job', tags: { name: '$NAME' } },
          ],
        },
      ],
    },
    { kind: 'namespace', prefix: 'app.', except: ['jvm'] },
    { kind: 'names', allow: undefined, block: ['app.noise', 'jvm.debug.*'] },
    { kind: 'tags', action: 'drop', keys: ['pod'] },
  ];

  it('are stages in the order in which they are applied', async () => {
    const { settings, backends } = await loadIn(folderWith({ 'config.json': { ...good, mapping: rules } }));
    expect(settings.mapping).toEqual({ stages });
    expect(backends[0]?.mapping).toBeUndefined();
    expect(structuredClone(settings.mapping)).toEqual({ stages });
  });

  it('of a back-end stand in its block, and none is a rule too', async () => {
    const backends = [
      { type: 'console', name: 'own', mapping: rules },
      { type: 'console', name: 'none', mapping: {} },
      { type: 'console', name: 'keep', mapping: { keepTags: ['env'], namespace: 'a.', allow: ['a.b'] } },
    ];
    const config = await loadIn(folderWith({ 'config.json': { ...good, backends } }));
    expect(config.settings.mapping).toBeUndefined();
    expect(config.backends.map(({ mapping }) => mapping)).toEqual([
      { stages },
      { stages: [] },
      {
        stages: [
          { kind: 'namespace', prefix: 'a.', except: [] },
          { kind: 'names', allow: ['a.b'], block: [] },
          { kind: 'tags', action: 'keep', keys: ['env'] },
        ],
      },
    ]);
  });

  it('may be taken from the environment, but for what a pattern matched', async () => {
    const mapping = {
      namespace: `\${TEAM}`,
      profiles: [{ name: 'p', prefix: '*', mappings: [{ match: '*', name: `\${TEAM}.\${1}x` }] }],
    };
    const { settings } = await loadIn(folderWith({ 'config.json': { ...good, mapping } }), { TEAM: 'web' });
    expect(settings.mapping).toMatchObject({
      stages: [{ profiles: [{ mappings: [{ name: `web.\${1}x` }] }] }, { prefix: 'web.' }],
    });
    expect(await problemsOf({ ...good, title: `\${1}` })).toEqual([
      `config.json: title: "\${1}" is no reference; write "\${NAME}", or "$\${" for a literal "\${"`,
    ]);
  });
});
