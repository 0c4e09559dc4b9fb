import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

const config = {
  frontends: [
    // Else all styles are read, since there is a page for Prometheus.
    { type: 'udp', tagStyles: ['dogstatsd', 'graphite'] },
    { type: 'tcp', name: 'more', tagStyles: ['dogstatsd', 'graphite'] },
    { type: 'udp', name: 'telegraf', port: 8200, prefix: 'edge.', tagStyles: ['influxdb'] },
  ],
  mapping: {
    profiles: [{ name: 'p', prefix: 'job.', mappings: [{ match: 'job.*', name: 'jobs', tags: { job: '$1' } }] }],
    namespace: 'acme',
    block: ['acme.debug.*'],
  },
  backends: [
    { type: 'console' },
    { type: 'console', name: 'own', mapping: { keepTags: ['env'] } },
    { type: 'prometheus' },
  ],
};

const explain = (args: readonly string[], io: Parameters<typeof runCommand>[1] = {}) =>
  runCommand(['explain', ...args], { cwd: folderWith({ 'config.json': config, 'other/mine.json': config }), ...io });

describe('statsdrain explain', () => {
  it('prints what each rule makes of a line, for each back-end', async () => {
    expect(await explain(['job.backup:3|c|@0.5|#env:prod,host:web1', '--frontend', 'udp'])).toEqual({
      code: 0,
      err: '',
      served: [],
      out: `job.backup:3|c|@0.5|#env:prod,host:web1
  udp (auto): counter job.backup {env:prod}, host "web1"; adds 6
  console, prometheus: acme.jobs {env:prod, job:backup}, host "web1"
    mapping.profiles[0].mappings[0]  matches "job.*" -> jobs {env:prod, job:backup}, host "web1"
    mapping.namespace                "acme." before the name -> acme.jobs {env:prod, job:backup}, host "web1"
    mapping.block                    not blocked
    written by prometheus:
      acme_jobs{env="prod",host="web1",job="backup"} (counter)
  own: job.backup {env:prod}
    backends[1].mapping.keepTags  takes off host:web1 -> job.backup {env:prod}
`,
    });
  });

  it('does so once for all front-ends that read alike', async () => {
    const { out } = await explain(['debug.x,k=v:1|c']);
    expect(out.split('\n').filter((line) => /^\S|^ {2}\S/.test(line))).toEqual([
      'debug.x,k=v:1|c',
      '  udp, more (auto): counter debug.x,k=v; adds 1; with "influxdb" in "tagStyles" its name would have tags',
      '  console, prometheus: nothing: it is not given there',
      '  own: debug.x,k=v',
      'debug.x,k=v:1|c',
      '  telegraf (auto): counter edge.debug.x {k:v}; adds 1',
      '  console, prometheus: acme.edge.debug.x {k:v}',
      '  own: edge.debug.x',
    ]);
    expect(out).toContain('    mapping.block[0]   blocked by "acme.debug.*"\n');
  });

  it.each([
    ['a[k=v]b:1|c', 'counter a[k=v]b; adds 1; with "signalfx" in "tagStyles" its name would have tags'],
    ['a#k:1|c', 'counter a#k; adds 1'],
    ['a:1|x', 'rejected for unknown_type: the type must be c, m, g, ms, h, d or s'],
    ['a:b|c', 'rejected for bad_value: the value must be a number, such as 12 or 0.5'],
    ['\r', 'a blank line, which is none'],
    ['_e{5,1}:title|b|#x', 'event "title" {x}; no rule is for it'],
    ['_sc|db|0', 'service check db; no rule is for it'],
    ['a:1:2|ms|@0.5', 'timer a; has the values 1 (weighs 2), 2 (weighs 2)'],
    ['a:bob|s', 'set a; has the member "bob"'],
    ['a:-1|g', 'gauge a; changes by -1'],
    ['a:1|g', 'gauge a; is set to 1'],
    ['a:1|g|T1700000000', 'gauge a; a point of its own time 2023-11-14T22:13:20Z: 1'],
    ['a:1|g|T9007199254740991', 'gauge a; a point of its own time 9007199254740991: 1'],
    ['a\u001b[2J:1|c', 'rejected for bad_name: a name has no control characters'],
    ['a:1|s|#\u202e', 'set a {\\u202e}; has the member "1"'],
  ])('%j: %s', async (line, expected) => {
    const { out } = await explain([line, '--frontend', 'more'], { read: () => line });
    expect(out.split('\n')[1]).toBe(`  more (auto): ${expected}`);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it('reads lines from standard input where none is given, and the file that it is given', async () => {
    const args = ['--frontend', 'telegraf', '--config', 'other/mine.json', '--json'];
    const { out } = await explain(args, { read: () => 'a,k=v:1|c\r\n\nb:2|x\n' });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        line: 'a,k=v:1|c',
        frontends: ['telegraf'],
        dialect: 'auto',
        outcome: 'aggregated',
        series: [
          {
            type: 'counter',
            name: 'edge.a',
            tags: ['k:v'],
            adds: 1,
            views: [
              {
                backends: ['console', 'prometheus'],
                result: { name: 'acme.edge.a', tags: ['k:v'] },
                written: [{ backend: 'prometheus', names: ['acme_edge_a{k="v"} (counter)'] }],
                steps: [
                  {
                    rule: 'mapping.profiles',
                    says: 'it begins with the prefix of no profile',
                    result: { name: 'edge.a', tags: ['k:v'] },
                  },
                  {
                    rule: 'mapping.namespace',
                    says: '"acme." before the name',
                    result: { name: 'acme.edge.a', tags: ['k:v'] },
                  },
                  { rule: 'mapping.block', says: 'not blocked', result: { name: 'acme.edge.a', tags: ['k:v'] } },
                ],
              },
              {
                backends: ['own'],
                result: { name: 'edge.a', tags: [] },
                written: [],
                steps: [
                  {
                    rule: 'backends[1].mapping.keepTags',
                    says: 'takes off k:v',
                    result: { name: 'edge.a', tags: [] },
                  },
                ],
              },
            ],
          },
        ],
      },
      {
        line: 'b:2|x',
        frontends: ['telegraf'],
        dialect: 'auto',
        outcome: 'rejected',
        reason: 'unknown_type',
        advice: 'the type must be c, m, g, ms, h, d or s',
      },
    ]);
  });

  it('says in JSON what is blocked, and what is no metric', async () => {
    const args = ['--frontend', 'udp', '--json'];
    expect(JSON.parse((await explain([...args, 'a#k=v:1|c'])).out).series[0]).toMatchObject({ looksTagged: 'librato' });
    const { out } = await explain([...args, 'debug.x:1|c', '_e{1,1}:a|b', '_sc|db|1']);
    const [blocked, event, check] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(blocked.series[0].views[0]).toMatchObject({ result: null, steps: [{}, {}, { result: null }] });
    expect(event).toMatchObject({ outcome: 'event', event: { title: 'a', text: 'b' } });
    expect(check).toMatchObject({ outcome: 'serviceCheck', serviceCheck: { name: 'db', status: 1 } });
  });

  it('asks back-ends what they call it, and says which one cannot be made', async () => {
    const plugin = (name: string, create: string) =>
      `export default { kind: 'backend', name: '${name}', create() { ${create} } };`;
    const naming = `{ id: 'caps', rename: (_type, series) => ({ ...series, name: series.name.toUpperCase() }) }`;
    const files = {
      'package.json': { type: 'module' },
      'caps.js': plugin('caps', `return { naming: ${naming}, async send() {} };`),
      'broken.js': plugin('broken', `throw new Error('no way');`),
    };
    const backends = [{ use: './caps.js' }, { use: './caps.js', name: 'more' }];
    const caps = { ...config, mapping: { namespace: 'a' }, backends };
    const broken = { ...config, backends: [{ use: './broken.js' }] };
    const cwd = folderWith({ ...files, 'config.json': caps, 'broken.json': broken });
    const { out } = await explain(['x:1|c', '--frontend', 'udp'], { cwd });
    expect(out.split('\n').slice(2)).toEqual([
      '  caps, more: A.X',
      '    mapping.namespace  "a." before the name -> a.x',
      '    naming             as "caps", "more" write names -> A.X',
      '',
    ]);
    const { code, err } = await explain(['x:1|c', '--config', 'broken.json'], { cwd });
    expect([code, err]).toEqual([1, expect.stringMatching(/^statsdrain: back-end "broken": (Error: )?no way/)]);
  });

  it('shows no secret', async () => {
    const cwd = folderWith({ 'config.json': { ...config, mapping: { namespace: `\${TEAM}` } } });
    const { out } = await explain(['a:1|c', '--frontend', 'udp'], { cwd, env: { TEAM: 'hunter2hunter2' } });
    expect(out).toContain(`console, prometheus: \${TEAM}.a`);
    expect(out).not.toContain('hunter2');
  });

  it.each([
    [[], 64, 'explain: there is no line: "statsdrain explain page.views:1|c"'],
    [['a:1|c', '--josn'], 64, `explain: Unknown option '--josn'; see "statsdrain explain --help"`],
    [
      ['a:1|c', '--frontend', 'telegraff'],
      64,
      'explain: there is no front-end "telegraff"; did you mean "telegraf"? (in the configuration: udp, more, telegraf)',
    ],
    [['a:1|c', '--config', 'none.json'], 78, expect.stringContaining('no such file')],
  ])('refuses %j with %i', async (args, code, problem) => {
    const outcome = await explain(args);
    expect([outcome.code, outcome.out]).toEqual([code, '']);
    expect(outcome.err.replace(/^statsdrain: /, '').trimEnd()).toEqual(problem);
  });
});

it('a rule of a mapping file is told with its line', async () => {
  const cwd = folderWith({
    'config.json': { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }], mapping: 'm.yml' },
    'm.yml': 'mappings:\n- match: job.*.runs\n  name: runs_total\n  labels: {job: "$1"}\n',
  });
  expect((await runCommand(['explain', 'job.etl.runs:1|c', 'other:1|c'], { cwd })).out).toBe(`job.etl.runs:1|c
  udp (auto): counter job.etl.runs; adds 1
  console: runs_total {job:etl}
    mapping.mappings[0]  matches "job.*.runs" (${cwd}/m.yml, line 2) -> runs_total {job:etl}
other:1|c
  udp (auto): counter other; adds 1
  console: other
    mapping.mappings  no rule matches
`);
});

it('takes the configuration as the last argument, where that is a file or ends in ".json"', async () => {
  const own = { frontends: [{ type: 'udp', name: 'mine' }], backends: [{ type: 'console' }] };
  const other = { frontends: [{ type: 'udp', name: 'other' }], backends: [{ type: 'console' }] };
  const cwd = folderWith({ 'config.json': own, 'etc/other.json': other, 'a:1|c': '', plain: other });
  const first = async (args: readonly string[], read = '') => {
    const { out, err } = await runCommand(['explain', ...args], { cwd, read: () => read });
    return out === '' ? err : out.split('\n').slice(0, 2).join('; ');
  };
  expect(await first(['b:1|c', 'etc/other.json'])).toBe('b:1|c;   other (auto): counter b; adds 1');
  expect(await first(['b:1|c', 'plain'])).toBe('b:1|c;   other (auto): counter b; adds 1');
  expect(await first(['etc/other.json'], 'c:1|c\n')).toBe('c:1|c;   other (auto): counter c; adds 1');
  // What has a "|" is a line, also where there is a file of this name.
  expect(await first(['a:1|c'])).toBe('a:1|c;   mine (auto): counter a; adds 1');
  // With the option every argument is a line.
  expect(await first(['plain', '--config', 'etc/other.json'])).toMatch(/^plain; {3}other \(auto\): rejected/);
  expect(await first(['b:1|c', 'none.json'])).toMatch(/none\.json: no such file/);
});
