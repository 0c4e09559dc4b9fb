import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Entry, jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const command = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

const config = {
  flushInterval: '200ms',
  // A gauge of one front-end is not to be among what the next one gets.
  expire: { gauge: 0 },
  frontends: [
    { type: 'udp', port: 0 },
    {
      type: 'udp',
      name: 'styles',
      port: 0,
      prefix: 'edge.',
      tags: ['zone:eu'],
      tagStyles: ['dogstatsd', 'influxdb', 'librato', 'signalfx'],
    },
    { type: 'udp', name: 'agent', port: 0, dialect: 'dogstatsd' },
    { type: 'udp', name: 'old', port: 0, dialect: 'statsd' },
  ],
  mapping: {
    profiles: [
      {
        name: 'jobs',
        prefix: 'job.',
        mappings: [
          { match: 'job.*.*.time', name: 'job.time', tags: { job: '$1', host: '$2' } },
          { match: 'job\\.(?P<what>[a-z]+)', matchType: 'regex', name: `job.\${1}s` },
        ],
      },
    ],
    namespace: 'acme',
    namespaceExcept: ['jvm'],
    block: ['acme.debug.*', 'jvm.x'],
    dropTags: ['pod'],
  },
  backends: [jsonConsole],
};

const lines = [
  'page.views:1|c|#env:prod,pod:7',
  'job.etl.web1.time:320|ms|@0.5|#env:prod',
  'job.run:1|c',
  'job.run.x:1|c',
  'debug.x:1|c',
  'jvm.heap:5|g',
  'jvm.x:5|g',
  'statistic,kind=count,my_tag=val:1|c',
  'statistic#kind=count,my_tag=val:1|c',
  'stat[kind=count]istic:1|c',
  'half[kind=count:1|c',
  'graphite;k=v:1|c|#b',
  'mixed,k=v:1|c|#b:2',
  '[k=v]:1|c',
  '[k=v]statsdrain.up:1|c',
  'a b/c,d:1|c',
  'g:+3|g|#host:web2',
  'u:bob|s',
  'bad:1|x',
  'bad:x|c',
  'bad',
  'm:1|m',
  '__proto__:1|c|#constructor:1',
  'größe:1|c|#straße:ü',
  'x:1|c:2|ms|#y',
];

interface Told {
  readonly outcome: string;
  readonly series?: readonly {
    readonly type: string;
    readonly views: readonly [
      { readonly result: { readonly name: string; readonly tags: readonly string[]; readonly host?: string } | null },
    ];
  }[];
}

test('what the command tells of each line is what a server makes of it, whatever front-end it comes to', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'explained.json');
  writeFileSync(file, JSON.stringify(config));
  const server = await startServer(config, { folder });
  for (const { name } of config.frontends.map((frontend) => ({ name: 'name' in frontend ? frontend.name! : 'udp' }))) {
    const args = [command, 'explain', '--config', file, '--frontend', name, '--json'];
    const told: readonly Told[] = execFileSync(process.execPath, args, { input: lines.join('\n'), encoding: 'utf8' })
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told.length).toBe(lines.length);

    const before = server.entries.length;
    const ends = () => server.total('statsdrain.lines.received', `frontend:${name}`);
    await sendUdp(server.port(name), ...lines);
    await server.until('all lines', () => ends() >= lines.length);
    const received = server.entries.slice(before);
    const rejected = new Set(
      received
        .filter(
          (entry) =>
            entry.name === 'statsdrain.lines.rejected' && entry.tags?.includes(`frontend:${name}`) && entry.value! > 0,
        )
        .flatMap(({ tags }) => tags!.filter((tag) => tag.startsWith('reason:'))),
    );
    const expected = told.flatMap(({ series = [] }) =>
      series.flatMap(({ type, views: [{ result }] }) => (result === null ? [] : [shown({ type, ...result })])),
    );
    expect(told.filter(({ outcome }) => outcome === 'aggregated').length).toBeGreaterThan(10);
    expect(new Set(received.filter(isOfUser).map(shown))).toEqual(new Set(expected));
    expect(rejected).toEqual(
      new Set(told.flatMap((one) => (one.outcome === 'rejected' && 'reason' in one ? [`reason:${one.reason}`] : []))),
    );
  }
  expect(await server.stop()).toBe(0);
});

function isOfUser({ name }: Entry): boolean {
  return name !== undefined && !name.startsWith('statsdrain.');
}

/** The console shows a host as a tag. */
function shown({
  type,
  name,
  tags = [],
  host,
}: {
  type: string;
  name?: string;
  tags?: readonly string[];
  host?: string;
}): string {
  return [type, name, ...[...tags, ...(host === undefined ? [] : [`host:${host}`])].sort()].join(' ');
}
