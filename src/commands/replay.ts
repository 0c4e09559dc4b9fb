import { resolve } from 'node:path';
import type { LoadedFrontend } from '../config/load.ts';
import { didYouMean } from '../kit/suggest.ts';
import type { CapturedRequest } from '../plugin.ts';
import { masked } from '../process/secrets.ts';
import { readCaptured } from './captured.ts';
import { defaultFile, load } from './configuration.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions } from './options.ts';

const flags = {
  config: { type: 'string', value: 'file', says: 'configuration to read (./config.json, or else the bundled example)' },
  app: { type: 'string', value: 'name', says: 'as "?app=name" in the URL, where a request has none' },
  header: {
    type: 'string',
    multiple: true,
    value: 'n: v',
    says: 'a header of a body, such as "content-type: application/logplex-1"',
  },
  path: { type: 'string', value: '/drain/raw', says: 'where a body is posted, in place of /logs' },
  profile: { type: 'string', value: 'name', says: 'in place of the "profile" of the configuration' },
  rules: { type: 'string', value: 'file', says: 'in place of its "rules"' },
  frontend: { type: 'string', value: 'name', says: 'one of several front-ends that take requests' },
  json: { type: 'boolean', says: 'a line of JSON for each line of text, each request and all together' },
} as const satisfies Flags;

/** Tells what a front-end makes of requests: which line gave which metric, and why others gave none. */
export const replay: Command = {
  usage: 'replay <file|folder> [--config file] [--app name] [--header "name: value"]... [--json]',
  summary: 'tell which lines of a body or a capture give which metrics',
  about: `A folder is one of "statsdrain capture"; any other file is a body that is posted to /logs. It is
read as a server of the configuration does. Nothing is aggregated or sent, no server has to run,
and no credential is needed.
`,
  options: flags,
  examples: `  curl -s https://example.com/some.log | statsdrain replay /dev/stdin
`,
  async run(args, io) {
    const { path, file, frontend: name, body, app, overrides, json } = parse(args, io);
    const captured = readCaptured(path);
    if (body.option !== undefined && !captured.every(({ isBare }) => isBare))
      throw new UsageError(`replay: ${body.option} belongs to a body alone; ${path} has what was sent`);
    const { plugin, config } = await frontendOf(file, name, overrides, io);
    const { emptySummary, replayJson, replayText, summarized } = await import('../explain/replay.ts');
    const format = json ? replayJson : replayText;
    const reader = await plugin.replay!(config);
    let summary = emptySummary();
    try {
      for (const { name, request, isBare } of captured) {
        const posted = withApp(isBare ? { ...request, ...body.request } : request, app);
        const read = await reader.read(posted);
        summary = summarized(summary, read);
        io.out(masked(format.request(name, posted, read)));
      }
    } finally {
      await reader.close();
    }
    io.out(masked(format.summary(summary)));
    return 0;
  },
};

function parse(args: readonly string[], io: Io) {
  const { values, positionals } = parseOptions('replay', flags, args);
  const [path, extra] = positionals;
  const { config: file, app, header = [], path: to, profile, rules, frontend, json = false } = values;
  if (path === undefined) throw new UsageError('replay: needs a file or a folder: "statsdrain replay body.txt"');
  if (extra !== undefined) throw new UsageError(`replay: unexpected argument "${extra}": it takes one file or folder`);
  if (to !== undefined && !to.startsWith('/')) throw new UsageError(`replay: --path "${to}" does not begin with "/"`);
  const option = header.length > 0 ? '--header' : to !== undefined ? '--path' : undefined;
  const headers = Object.fromEntries(header.map(headerOf));
  const body = { option, request: { headers, ...(to === undefined ? {} : { path: to }) } };
  const overrides = {
    ...(profile === undefined ? {} : { profile }),
    ...(rules === undefined ? {} : { rules: resolve(io.cwd, rules) }),
  };
  return { path: resolve(io.cwd, path), file, frontend, body, app, overrides, json };
}

function headerOf(given: string): [string, string] {
  const [, name, value = ''] = /^([A-Za-z0-9-]+): *(.*)$/.exec(given) ?? [];
  if (name === undefined) throw new UsageError(`replay: --header "${given}" is not "name: value"`);
  return [name.toLowerCase(), value];
}

function withApp(request: CapturedRequest, app: string | undefined): CapturedRequest {
  const [, query = ''] = request.path.split('?', 2);
  if (app === undefined || new URLSearchParams(query).has('app')) return request;
  const mark = request.path.includes('?') ? '&' : '?';
  return { ...request, path: `${request.path}${mark}app=${encodeURIComponent(app)}` };
}

/** The front-end of the configuration, with keys of its block replaced. */
async function frontendOf(
  given: string | undefined,
  wanted: string | undefined,
  overrides: Readonly<Record<string, string>>,
  io: Io,
): Promise<LoadedFrontend> {
  const file = given === undefined ? defaultFile(io.cwd) : resolve(io.cwd, given);
  const frontend = chosen((await load(file, io)).frontends, wanted);
  if (Object.keys(overrides).length === 0) return frontend;
  const block = { ...JSON.parse(frontend.block), ...overrides };
  const config = { frontends: [block], backends: [{ type: 'console' }] };
  return chosen((await load(file, io, JSON.stringify(config))).frontends, frontend.name);
}

function chosen(frontends: readonly LoadedFrontend[], wanted: string | undefined): LoadedFrontend {
  const able = frontends.filter(({ plugin }) => plugin.replay !== undefined);
  const names = able.map(({ name }) => name);
  const [first, second] = wanted === undefined ? able : able.filter(({ name }) => name === wanted);
  if (first === undefined && wanted !== undefined) {
    const hint = `${didYouMean(wanted, names)} (there are: ${names.join(', ') || 'none'})`;
    throw new UsageError(`replay: there is no front-end "${wanted}" that takes requests${hint}`);
  }
  if (first === undefined)
    throw new Error('no front-end of the configuration takes requests; add one of the type "http"');
  if (second !== undefined) throw new UsageError(`replay: needs --frontend, one of ${names.join(', ')}`);
  return first;
}
