import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/commands/main.ts';
import { builtInNames, findBuiltIn } from '../../src/plugins/registry.ts';
import { folderWith } from '../config/temporary.ts';

/** One that could be a name or a package, one that can be almost nothing, and one with a unit. */
const secrets = ['dd-hunter2', 'hunter2 //x:y@z\u0007', '64 hunter2', './hunter2/x', 'http://hunter2:1', 'hunter2:99'];

const whole = {
  flushInterval: '10s',
  percentiles: [50, 99],
  expire: { gauge: 'never', timer: '1m' },
  limits: { series: 10 },
  queue: { windows: 5, bytes: '1MB', age: '1m' },
  retry: { min: '1s', max: '2s', timeout: '3s' },
  shutdownTimeout: '1s',
  selfMetrics: true,
  align: 'clock',
  log: { level: 'info', format: 'json' },
  statsd: {
    percentThreshold: [90],
    keyFlush: { interval: '1s', percent: 5, log: 'x' },
    histogram: [{ metric: '', bins: [1] }],
  },
  admin: { host: '127.0.0.1', port: 0 },
  watch: false,
  frontends: [
    { type: 'udp', name: 'a', host: '127.0.0.1', port: 0, dialect: 'auto', receiveBuffer: '4MiB', receivers: 1 },
    { type: 'tcp', name: 'b', port: 0, maxConnections: 5, idleTimeout: '1m' },
    { type: 'unix', name: 'c', path: 's', mode: 'stream', permissions: '0660' },
    {
      type: 'http',
      name: 'd',
      port: 0,
      auth: { users: [{ user: 'u', password: 'p' }], tokens: ['t'] },
      tls: { cert: 'c.pem', key: 'k.pem' },
      maxBody: '1MB',
    },
    { use: './frontend.mjs', name: 'e' },
  ],
  backends: [
    {
      type: 'datadog',
      apiKey: 'k',
      site: 'datadoghq.eu',
      url: 'http://127.0.0.1',
      proxy: 'http://u:p@127.0.0.1',
      tags: ['a'],
    },
    { type: 'prometheus', port: 0, path: '/metrics', quantiles: [0.5] },
    { type: 'graphite', host: 'g', port: 1, protocol: 'text', prefix: 'p' },
    { type: 'prometheus-remote-write', url: 'http://r/api/v1/write' },
    { type: 'repeater', targets: [{ host: 'r', port: 1 }], protocol: 'tcp' },
    { type: 'live', port: 0, hosts: ['h'], auth: { users: [{ user: 'u', password: 'p' }], tokens: ['t'] } },
    { use: './module.cjs', compat: 'statsd', key: 'v' },
  ],
};

type Path = readonly (string | number)[];

/** Every place where a value stands, those of lists and objects too. */
function placesIn(value: unknown, path: Path = []): Path[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, item]) =>
          placesIn(item, [...path, Array.isArray(value) ? Number(key) : key]),
        )
      : [];
  return path.length === 0 ? inner : [path, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  Object.assign(copy, { [key]: replaced((value as Record<string | number, unknown>)[key], rest, by) });
  return copy;
}

const reference = `$\{S}`;
const files = {
  'frontend.mjs': "export default { kind: 'frontend', name: 'mine', create: () => ({}) };",
  'module.cjs': '',
};

/** What `check` says of a configuration. */
async function said(config: unknown, secret: string) {
  const cwd = folderWith({ ...files, 'config.json': config, secret });
  let err = '';
  let out = '';
  const code = await main(['check'], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    color: false,
    cwd,
    env: { S: secret, PATH: join(cwd, secret) },
    read: () => '',
    serve: async () => 0,
  });
  return { code, err, out };
}

/** What is shown because it is what it is for: where something goes, and what it is called. */
const shownOnPurpose =
  /^(?:frontends|backends)\.\d+\.(?:name|host|path|url|proxy|site|use|targets\.\d+\.host)$|^admin\.host$/;

describe('a secret in a reference is in no message', () => {
  it('the configuration is whole', async () => {
    expect(
      new Set([...whole.frontends, ...whole.backends].flatMap((block) => ('type' in block ? [block.type] : []))),
    ).toEqual(new Set([...builtInNames('frontend'), ...builtInNames('backend')].filter((type) => type !== 'console')));
    await Promise.all(builtInNames('backend').map((type) => findBuiltIn('backend', type)));
    expect(await said(whole, 'x')).toMatchObject({ code: 0, err: '' });
  });

  it.each(placesIn(whole).map((path) => [path.join('.'), path] as const))('%s', async (name, path) => {
    for (const secret of secrets) {
      for (const written of [reference, `a${reference}b`, { file: 'secret' }, { file: reference }]) {
        const { err, out } = await said(replaced(whole, path, written), secret);
        expect(err).not.toContain('hunter2');
        if (!shownOnPurpose.test(name)) expect(out).not.toContain('hunter2');
      }
    }
  });

  it('nor are the credentials of a proxy, which is shown otherwise', async () => {
    const [datadog, ...others] = whole.backends;
    const config = { ...whole, backends: [{ ...datadog, proxy: `http://u:${reference}@127.0.0.1:3128` }, ...others] };
    const { code, out } = await said(config, 'hunter2');
    expect(code).toBe(0);
    expect(out).toContain('http://127.0.0.1:3128');
    expect(out).not.toContain('hunter2');
  });
});
