import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { builtInNames } from '../../src/plugins/registry.ts';
import { dialogue } from '../helper/dialogue.ts';
import { jsonConsole, launch, type Server, temporaryFolder } from '../helper/process.ts';
import { type Place, placesOfBlock, placesOfRoot, withValue } from '../helper/reference-places.ts';
import { sendStream } from '../helper/send.ts';

/** What a key may want a value to look like. Each holds the secret; a place has the first that is valid there. */
const forms: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `http://127.0.0.1:1/${secret}`,
  (secret) => `http://user:${secret}@127.0.0.1:1`,
  (secret) => `${secret}.invalid`,
  (secret) => `/${secret}`,
];

/** What a key may stand for in what is meant to be seen: in windows and on the scrape page, and nowhere else. */
const namesMetrics = /(?:^|\.)(?:name|\w*[pP]refix\w*|\w*[sS]uffix|tags)(?:\.|$)/;

type Kind = 'frontend' | 'backend';
/** By place: the secret in the value that stands there. */
type Secrets = ReadonlyMap<string, string>;

let count = 0;

const reference = (variable: string) => `\${${variable}}`;

interface Filling {
  readonly value: object;
  readonly secrets: Secrets;
}

/** Puts a secret at every place where one is valid beside the others, each as a reference to a variable of its own. */
async function fill(places: readonly Place[], start: object, whole: (value: object) => object): Promise<Filling> {
  let value = start;
  const secrets = new Map<string, string>();
  // A user needs a password: keys of an inner object first all together.
  const parentOf = (place: Place) => place.slice(0, -1).join('.');
  const parents = new Set(places.map(parentOf).filter((parent) => parent !== ''));
  const together = [...parents].map((parent) => places.filter((place) => parentOf(place) === parent));
  for (const group of [...together, ...places.map((place) => [place])]) {
    const missing = group.filter((place) => !secrets.has(place.join('.')));
    const named = missing.map((place) => ({ place, variable: `SCAN_${++count}`, secret: `hunter2zebra${count}x` }));
    for (const form of named.length > 0 ? forms : []) {
      const next = named.reduce<unknown>(
        (block, { place, variable }) => withValue(block, place, reference(variable)),
        value,
      );
      const env = Object.fromEntries(named.map(({ variable, secret }) => [variable, form(secret)]));
      if (!(await isValid(whole(next as object), env))) continue;
      value = next as object;
      for (const { place, variable, secret } of named) {
        vi.stubEnv(variable, env[variable]);
        secrets.set(place.join('.'), secret);
      }
      break;
    }
  }
  return { value, secrets };
}

async function isValid(config: object, env: NodeJS.ProcessEnv): Promise<boolean> {
  return loadConfig('/nowhere/config.json', { ...process.env, ...env }, JSON.stringify(config)).then(
    () => true,
    () => false,
  );
}

const base = {
  flushInterval: '50ms',
  retry: { min: '10ms', max: '20ms', timeout: '2s' },
  queue: { windows: 2 },
  shutdownTimeout: '100ms',
  admin: { port: 0 },
};

function whole(kind: Kind, block: object): object {
  const frontends = [{ type: 'tcp', name: 'in', port: 0 }];
  const backends = [{ ...jsonConsole, name: 'out' }];
  if (kind === 'frontend') return { ...base, frontends: [...frontends, block], backends };
  return { ...base, frontends, backends: [...backends, block] };
}

/** What is needed beside the secrets: the first of these that is valid. */
const samples: readonly object[] = [
  { port: 0 },
  {},
  { path: 's.sock' },
  { host: '127.0.0.1', port: 1 },
  // Windows as short as these go to no site of Datadog.
  { apiKey: 'k', url: 'http://127.0.0.1:1' },
  { targets: [{ host: '127.0.0.1', port: 1 }] },
  { url: 'http://127.0.0.1:1' },
];

async function smallest(kind: Kind, type: string): Promise<object> {
  for (const sample of samples) {
    const block = { type, name: 'scanned', ...sample };
    if (await isValid(whole(kind, block), {})) return block;
  }
  throw new Error(`add what the ${kind} "${type}" needs to the samples of this test`);
}

/** All that anybody can see of a server, from its start to its end. */
async function seen(config: object, secrets: Secrets): Promise<'started' | 'failed'> {
  const server = launch(config);
  let failed = false;
  void server.ended.then(() => {
    failed = true;
  });
  const isReady = () => server.log.some(({ msg }) => msg === 'ready');
  await server.until('the start', isReady).catch((error: Error) => {
    if (!failed && !error.message.startsWith('the process ended')) throw error;
  });
  const shown = isReady() ? await talkTo(server, config) : { told: '', data: '' };
  await server.ended;
  expect(server.stderr).not.toBe('');
  for (const [place, secret] of secrets) {
    const all = server.stderr + shown.told;
    expect(leak(all, secret), `${place} in the log or a reply`).toBeUndefined();
    if (namesMetrics.test(place)) continue;
    const data = server.stdout + JSON.stringify(server.entries) + shown.data;
    expect(leak(data, secret), `${place} in what is printed or on a page`).toBeUndefined();
  }
  return isReady() ? 'started' : 'failed';
}

/** The surroundings of a secret in a text, also of one in Base64. */
function leak(text: string, secret: string): string | undefined {
  const decoded = text.replace(/[A-Za-z0-9+/_-]{12,}={0,2}/g, (run) => Buffer.from(run, 'base64').toString('latin1'));
  for (const one of [text, decoded]) {
    const at = one.toLowerCase().indexOf(secret);
    if (at >= 0) return one.slice(Math.max(0, at - 100), at + 100);
  }
  return undefined;
}

const commands = ['help', 'stats', 'health', 'config', 'delcounters x', 'nonsense'];
const dataCommands = ['counters', 'timers', 'gauges'];
const paths = ['/', '/metrics', '/health', '/statsd', '/nowhere?x=1'];

/** Sends it metrics, asks it everything, reloads a good and two broken configurations, and ends it. */
async function talkTo(server: Server, config: object): Promise<{ readonly told: string; readonly data: string }> {
  await sendStream(server.port('in'), 'a.b:1|c|#t:v\nc:2|g\nd:3|ms\nbad\n');
  const { windows } = server;
  await server.until('some windows', () => windows.length > 3);
  const talk = await dialogue(server.adminPort());
  let told = '';
  let data = '';
  for (const command of commands) told += await talk.ask(`${command}\n`);
  for (const command of dataCommands) data += await talk.ask(`${command}\n`);
  const ports = [...server.stderr.matchAll(/https?:\/\/[^\s"]*?:(\d+)/g)].map(([, port]) => port);
  for (const port of new Set(ports)) {
    for (const path of paths) {
      for (const method of ['GET', 'POST']) {
        const headers = { authorization: `Basic ${btoa('some:body')}` };
        const body = method === 'POST' ? 'x' : null;
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body }).catch(() => undefined);
        const text = `${JSON.stringify([...(answer?.headers ?? [])])}\n${await answer?.text()}`;
        if (answer?.ok) data += text;
        else told += text;
      }
    }
  }
  const lines = () => server.log.length;
  const reload = async (next: object | string, msg: string) => {
    const before = lines();
    server.configure(next);
    server.signal('SIGHUP');
    await server.until(msg, () => server.log.slice(before).some((line) => line.msg.startsWith(msg)));
  };
  const notReloaded = 'the configuration was not reloaded';
  await reload({ ...config, flushInterval: '40ms', percentiles: [75] }, 'configuration reloaded');
  await reload({ ...config, flushInterval: '1 fortnight', admin: `\${SCAN_1}` }, notReloaded);
  await reload(JSON.stringify(config).slice(0, -3), notReloaded);
  told += await talk.ask('config\n');
  await server.stop();
  return { told, data };
}

/** As one; where it cannot start so, also what does not stop it from starting. */
async function scan(kind: Kind | 'root', places: readonly Place[], start: object): Promise<Secrets> {
  const wholeOf = (value: object) => (kind === 'root' ? value : whole(kind, value));
  const { value, secrets } = await fill(places, start, wholeOf);
  if ((await seen(wholeOf(value), secrets)) === 'started') return secrets;
  let starting = start;
  const among = (key: string) => new Map([...secrets].filter(([place]) => place.split('.')[0] === key));
  for (const key of new Set([...secrets.keys()].map((place) => place.split('.')[0]!))) {
    const [first] = Object.entries(value).filter(([name]) => name === key);
    const next = { ...starting, ...Object.fromEntries(first === undefined ? [] : [first]) };
    if ((await seen(wholeOf(next), among(key))) === 'started') starting = next;
  }
  expect(await seen(wholeOf(starting), secrets)).toBe('started');
  return secrets;
}

describe('a secret in a reference of the configuration of a running server is in no log, reply or page', () => {
  it.each(builtInNames('frontend'))(
    'front-end %s',
    async (type) => {
      const secrets = await scan('frontend', placesOfBlock('frontend', type), await smallest('frontend', type));
      expect(secrets.size).toBeGreaterThan(1);
    },
    60_000,
  );

  it.each(builtInNames('backend'))(
    'back-end %s',
    async (type) => {
      const secrets = await scan('backend', placesOfBlock('backend', type), await smallest('backend', type));
      expect(secrets.size).toBeGreaterThan(0);
    },
    60_000,
  );

  it('the settings beside them', async () => {
    const start = { ...whole('backend', { type: 'graphite', host: '127.0.0.1', port: 1 }), statsd: {} };
    expect((await scan('root', placesOfRoot(), start)).size).toBeGreaterThan(3);
  }, 60_000);
});

type Answer = (response: ServerResponse, said: string) => void;

/** What a server may do with a request that holds secrets. `said` is all of it. */
const answers: readonly (readonly [what: string, answer: Answer])[] = [
  ['401 that quotes the request', (response, said) => response.writeHead(401).end(said)],
  [
    'a redirect',
    (response, said) => response.writeHead(302, { location: `http://127.0.0.1:1/${said.slice(0, 200)}` }).end(),
  ],
  [
    '400 that quotes it in JSON in JSON',
    (response, said) => response.writeHead(400).end(JSON.stringify({ error: JSON.stringify(said) })),
  ],
  ['429', (response, said) => response.writeHead(429, { 'retry-after': '0' }).end(encodeURIComponent(said))],
  ['500 that quotes it', (response, said) => response.writeHead(500).end(said)],
  ['what is no HTTP', (response, said) => response.socket?.end(`${said}\r\n\r\n`)],
];

async function answering(answer: Answer): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    const bearer = Object.values(request.headers).join('\n');
    const basic = bearer.replace(/Basic (\S+)/g, (_, text: string) => Buffer.from(text, 'base64').toString());
    request.on('end', () => answer(response, encodeURI(`${request.url} ${bearer} ${basic}`)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const posting = builtInNames('backend').filter((type) => placesOfBlock('backend', type).some(([key]) => key === 'url'));

describe('nor in what is said of a back-end whose server', () => {
  it.each(posting.flatMap((type) => answers.map(([what, answer]) => [type, what, answer] as const)))(
    '(%s) answers with %s',
    async (type, _, answer) => {
      const port = await answering(answer);
      const block = {
        ...(await smallest('backend', type)),
        url: `http://127.0.0.1:${port}/\${SCAN_PATH}`,
        proxy: false,
      };
      vi.stubEnv('SCAN_PATH', 'hunter2zebra/path');
      const places = placesOfBlock('backend', type).filter(([key]) => !['url', 'proxy', 'tls'].includes(String(key)));
      const { value, secrets } = await fill(places, block, (one) => whole('backend', one));
      expect(await seen(whole('backend', value), new Map([...secrets, ['url', 'hunter2zebra/path']]))).toBe('started');
    },
    60_000,
  );

  it.each(posting)('(%s) has a name that does not exist', async (type) => {
    vi.stubEnv('SCAN_HOST', 'Hunter2Zebra.invalid');
    const block = { ...(await smallest('backend', type)), url: `http://\${SCAN_HOST}:80/`, proxy: false };
    expect(await seen(whole('backend', block), new Map([['url', 'hunter2zebra']]))).toBe('started');
  });
});

/** A plug-in that has the secret in what it throws. */
const faulty = (kind: Kind, fault: string) => `
  export default {
    kind: '${kind}', name: 'faulty',
    create: ({ key }) => {
      const now = () => { ${fault} };
      ${kind === 'frontend' ? 'return { async start() { setTimeout(now, 50); return []; }, async stop() {} };' : 'return { async send() { await null; now(); } };'}
    },
  };`;

const faults: Readonly<Record<string, string>> = {
  'an error': "throw new Error('no answer of http://x/?key=' + key);",
  'an error with a cause': "throw Object.assign(new Error('no answer', { cause: new Error(key) }), { sent: { key } });",
  'a text': "throw 'no answer to ' + key;",
  'an object': 'throw { key };',
  'a rejection': "Promise.reject(new Error('refused ' + encodeURIComponent(key)));",
  'a rejection with an object':
    "Promise.reject({ authorization: 'Basic ' + Buffer.from('user:' + key).toString('base64') });",
  'an error of a timer': "setTimeout(() => { throw new Error('later ' + key); });",
};

describe('nor in what is left of a crash, whose plug-in throws', () => {
  const cases = Object.entries(faults).flatMap(([what, fault]) =>
    (['frontend', 'backend'] as const).map((kind) => [what, kind, fault] as const),
  );

  it.each(cases)('%s (%s)', async (what, kind, fault) => {
    const folder = temporaryFolder();
    vi.stubEnv('SCAN_KEY', 'hunter2/zebra "x"');
    vi.stubEnv('NODE_OPTIONS', `--report-uncaught-exception --report-directory=${folder}`);
    writeFileSync(join(folder, 'faulty.mjs'), faulty(kind, fault));
    const server = launch(whole(kind, { use: './faulty.mjs', key: reference('SCAN_KEY') }), { folder });
    const caught = kind === 'backend' && !what.includes('rejection') && !what.includes('timer');
    const ended = caught
      ? server.until('a failure', () => server.log.some(({ level }) => level === 'warn')).then(() => server.stop())
      : server.ended;
    expect(await ended).toBe(caught ? 0 : 1);
    expect(server.log.some(({ level }) => level === 'error' || level === 'warn')).toBe(true);
    expect(leak(server.stderr + server.stdout, 'hunter2')).toBeUndefined();
    for (const file of readdirSync(folder).filter((name) => name.startsWith('report'))) {
      expect(leak(readFileSync(join(folder, file), 'utf8'), 'hunter2'), file).toBeUndefined();
    }
  });
});

describe('nor, of what a configuration of the original daemon read from its environment, in the reply to "config"', () => {
  it('wherever it stands', async () => {
    const text = `{
      port: 0, mgmt_address: '127.0.0.1', mgmt_port: 0, flushInterval: 50, servers: [{ server: './servers/tcp', address: '127.0.0.1', port: 0 }],
      backends: ['./backends/console', './sink.cjs'],
      plain: process.env.SCAN_A, inUrl: 'https://x.invalid/' + process.env.SCAN_B + '/write', list: [process.env.SCAN_C, 'y' + process.env.SCAN_A],
      sink: { header: 'Basic ' + process.env.SCAN_B, nested: { deep: process.env.SCAN_C } }, short: process.env.SCAN_D,
      reference: '\${SCAN_C}', kept: 'as it is',
    }`;
    const folder = temporaryFolder();
    const sink = `exports.init = (at, config) => { setTimeout(() => { throw new Error(config.inUrl + ' ' + config.plain); }); return true; };`;
    writeFileSync(join(folder, 'sink.cjs'), sink);
    const secrets = { SCAN_A: 'hunter2-a', SCAN_B: 'hunter2/b', SCAN_C: 'hunter2 "c"', SCAN_D: 'hu2' };
    for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
    const server = launch(text, { folder });
    await server.until('the failure', () =>
      ['the module failed', '"ready"'].every((part) => server.stderr.includes(part)),
    );
    const reply = await (await dialogue(server.adminPort())).askUntil('config\n', 'END\n\n');
    expect(reply).toContain('kept: as it is\n');
    expect(reply).toContain(`plain: ${reference('SCAN_A')}\n`);
    expect(reply).toContain(`list > 1: y${reference('SCAN_A')}\n`);
    await server.stop();
    for (const secret of ['hunter2', 'hu2']) expect(leak(reply, secret)).toBeUndefined();
    expect(leak(server.stderr, 'hunter2')).toBeUndefined();
  });
});
