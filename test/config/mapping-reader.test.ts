import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, loadIn, problemsOf } from './temporary.ts';

const good = { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }] };
const text = 'mappings:\n- match: a.*\n  name: n\n  labels: {what: "$1"}\n';
const rules = {
  globsInOrder: true,
  defaults: {},
  rules: [
    {
      line: 2,
      match: 'a.*',
      matchType: 'glob',
      action: 'map',
      name: 'n',
      labels: [{ key: 'what', value: '$1' }],
      honorLabels: false,
      scale: 1,
      series: {},
    },
  ],
};

describe('a mapping file', () => {
  it('is named alone, or beside other rules, from the folder of the configuration', async () => {
    const folder = folderWith({
      'config.json': {
        ...good,
        mapping: './rules/m.yml',
        backends: [
          {
            type: 'console',
            mapping: {
              file: 'rules/m.yml',
              unmapped: 'drop',
              namespace: 'x',
              renameTags: { pod: 'pod_id' },
              keepTags: ['env'],
            },
          },
        ],
      },
      'rules/m.yml': text,
    });
    const { settings, backends, mappingFiles, warnings } = await loadIn(folder);
    const file = join(folder, 'rules/m.yml');
    expect(settings.mapping).toEqual({ stages: [{ kind: 'exporter', rules, unmapped: 'keep', file }] });
    expect(backends[0]?.mapping).toEqual({
      stages: [
        { kind: 'exporter', rules, unmapped: 'drop', file },
        { kind: 'namespace', prefix: 'x.', except: [] },
        { kind: 'tagRenames', renames: { pod: 'pod_id' } },
        { kind: 'tags', action: 'keep', keys: ['env'] },
      ],
    });
    expect(structuredClone(backends[0]?.mapping)).toEqual(backends[0]?.mapping);
    expect({ mappingFiles, warnings }).toEqual({ mappingFiles: [file], warnings: [] });
  });

  it('may be JSON', async () => {
    const content = { mappings: [{ match: 'a.*', name: 'n', labels: { what: '$1' } }] };
    const { settings } = await loadIn(folderWith({ 'config.json': { ...good, mapping: 'm.json' }, 'm.json': content }));
    expect(settings.mapping).toMatchObject({ stages: [{ rules: { rules: [{ match: 'a.*', name: 'n' }] } }] });
  });

  it('may be named by the environment', async () => {
    const folder = folderWith({ 'config.json': { ...good, mapping: `\${RULES}` }, 'm.yml': text });
    expect((await loadIn(folder, { RULES: 'm.yml' })).mappingFiles).toEqual([join(folder, 'm.yml')]);
  });

  it('has warnings, which are no mistakes', async () => {
    const folder = folderWith({ 'config.json': { ...good, mapping: 'm.yml' }, 'm.yml': `${text}  lables: {}\n` });
    expect((await loadIn(folder)).warnings).toEqual([
      `${join(folder, 'm.yml')}, line 5: unknown key "lables" in a rule: it is ignored`,
    ]);
  });
});

describe('rules of statsd_exporter in the configuration', () => {
  it('are those of a file', async () => {
    const mapping = {
      defaults: { ttl: '5s' },
      mappings: [
        {
          match: 'a.*',
          name: 'n',
          scale: 0.000_001,
          honor_labels: true,
          buckets: [1, 2.5],
          timer_type: 'histogram',
          labels: { what: `\${1}_x` },
        },
      ],
    };
    const { settings } = await loadIn(folderWith({ 'config.json': { ...good, mapping } }));
    const [stage] = settings.mapping?.stages ?? [];
    expect(stage).toMatchObject({
      rules: {
        defaults: { ttlMs: 5000 },
        rules: [
          {
            scale: 0.000_001,
            honorLabels: true,
            labels: [{ key: 'what', value: `\${1}_x` }],
            series: { ttlMs: 5000, observer: { kind: 'histogram', buckets: [1, 2.5] } },
          },
        ],
      },
    });
    expect(stage).not.toHaveProperty('file');
  });

  it('have their places in warnings', async () => {
    const mapping = { mappings: [{ match: 'a', name: 'n', lables: {} }] };
    const folder = folderWith({ 'config.json': { ...good, backends: [{ type: 'console', mapping }] } });
    expect((await loadIn(folder)).warnings).toEqual([
      `${join(folder, 'config.json')}: backends[0].mapping.mappings[0].lables: unknown key "lables" in a rule: it is ignored`,
    ]);
  });
});

it.each<[string, unknown, readonly string[]]>([
  ['a file that is not there', 'none.yml', [': cannot read the mapping file "none.yml": no such file']],
  [
    'such a file beside other rules',
    { file: 'none.yml' },
    ['.file: cannot read the mapping file "none.yml": no such file'],
  ],
  ['a folder', '.', [': cannot read the mapping file "FOLDER": it is a folder']],
  [
    'a file with mistakes',
    'bad.yml',
    [
      ': bad.yml, line 3: "scale" is "x"; it must be a number',
      ': bad.yml, line 4: "ttl" is "1d"; it must be a duration such as "30s", "10m" or "1h30m"',
    ],
  ],
  [
    'a file in UTF-16',
    'utf16.yml',
    [
      ': cannot read the mapping file "utf16.yml": the file is in UTF-16; save it in UTF-8 (PowerShell: "Set-Content -Encoding utf8")',
    ],
  ],
  [
    'rules with a mistake',
    {
      mappings: [
        { match: 'a', name: 'n' },
        { match: 'b', name: 'n', labels: { le: 'x' } },
      ],
    },
    ['.mappings[1].labels.le: the label "le" cannot be used: it is that of the bounds of histograms'],
  ],
  [
    'a file and rules',
    { file: 'good.yml', mappings: [] },
    ['.mappings: "file" beside it has rules of the same kind; keep one of the two keys'],
  ],
  ['defaults of nothing', { defaults: {} }, ['.defaults: belongs to "mappings", which is not given']],
  ['defaults of a file', { file: 'good.yml', defaults: {} }, ['.defaults: belongs into "file"']],
  [
    'what is unmapped by nothing',
    { unmapped: 'drop' },
    ['.unmapped: belongs to "file" or "mappings", and there is neither'],
  ],
  ['a key that stays', { renameTags: { a: 'a' } }, ['.renameTags.a: "a" is the key that it has already']],
  [
    'a pair for a new key',
    { renameTags: { a: 'b:c' } },
    ['.renameTags.a: "b:c" cannot be empty, nor have a ":" or a ","'],
  ],
])('%s is a mistake', async (_name, mapping, problems) => {
  const files = {
    'good.yml': text,
    'bad.yml': 'mappings:\n- match: a\n  scale: x\n  ttl: 1d\n  name: n\n',
    'utf16.yml': '\uFFFD\uFFFDm\0a\0',
  };
  expect(await problemsOf({ ...good, mapping }, {}, files)).toEqual(
    problems.map((problem) => `config.json: mapping${problem}`),
  );
});
