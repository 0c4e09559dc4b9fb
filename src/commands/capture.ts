import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadedFrontend } from '../config/load.ts';
import { escapeControls } from '../kit/escape.ts';
import { didYouMean } from '../kit/suggest.ts';
import type { CapturedRequest } from '../plugin.ts';
import { FAILED } from '../process/exit-codes.ts';
import { masked } from '../process/secrets.ts';
import { type Asked, ask } from './ask.ts';
import { newFolder, writeCaptured } from './captured.ts';
import { defaultFile, load } from './configuration.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions } from './options.ts';
import { askedAt, isUrl } from './running.ts';

const flags = {
  out: { type: 'string', value: 'folder', says: 'a folder without captures, made where there is none' },
  limit: { type: 'string', value: 'n', says: 'requests at most (100)' },
  seconds: { type: 'string', value: 'n', says: 'time at most (60)' },
  frontend: { type: 'string', value: 'name', says: 'one of several front-ends that can be asked' },
  user: { type: 'string', value: 'name', says: 'asks as this one of its users' },
} as const satisfies Flags;

/** Writes what is posted to a running server into a folder. */
export const capture: Command = {
  usage: 'capture [config.json] --out folder [--limit n] [--seconds n]',
  summary: 'write what is posted to a running server into a folder',
  about: `Asks the front-end of a running server for requests as they come, without their credentials,
and writes two files for each: 0001.headers.json and 0001.body. "statsdrain replay" reads them.
Its address and a credential are those of the configuration (./config.json). A URL may be given
in its place, with a user and a password in it, or a token in the variable STATSDRAIN_TOKEN.
`,
  options: flags,
  examples: `  statsdrain capture --out posted --seconds 10 && statsdrain replay posted
  statsdrain capture https://drain:password@metrics.example.com --out posted
`,
  async run(args, io) {
    const { target, folder, query, options } = parse(args, io);
    const asked = isUrl(target) ? atUrl(target, options, io) : await configured(target, options, io);
    newFolder(folder);
    const answer = await ask(asked, `/drains/capture?${query}`);
    let count = 0;
    let last: End | undefined;
    for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line === '') continue;
      const entry = JSON.parse(line) as Entry | End;
      if ('end' in entry) {
        last = entry;
        continue;
      }
      const body = Buffer.from(entry.body, 'base64');
      const name = writeCaptured(folder, ++count, { ...entry, body });
      const what = escapeControls(`${entry.method} ${entry.path}`);
      io.out(masked(`${name}  ${entry.status}  ${what}  ${body.length} bytes\n`));
    }
    io.out(masked(summary(count, last, folder)));
    return last === undefined ? FAILED : 0;
  },
};

interface Entry extends Omit<CapturedRequest, 'body'> {
  readonly time: string;
  readonly status: number;
  /** Base64. */
  readonly body: string;
}

interface End {
  readonly end: string;
  readonly skipped: number;
}

interface Choice {
  readonly frontend?: string | undefined;
  readonly user?: string | undefined;
}

function parse(args: readonly string[], io: Io) {
  const { values, positionals } = parseOptions('capture', flags, args);
  const [target, extra] = positionals;
  const { out, limit, seconds, ...options } = values;
  if (extra !== undefined) throw new UsageError(`capture: unexpected argument "${extra}": it takes one file or URL`);
  if (out === undefined) throw new UsageError('capture: needs --out, the folder to write to');
  const query = new URLSearchParams();
  for (const [name, value] of [
    ['limit', limit],
    ['seconds', seconds],
  ] as const) {
    if (value === undefined) continue;
    if (!/^[1-9]\d*$/.test(value)) throw new UsageError(`capture: --${name} "${value}" is no whole number over 0`);
    query.set(name, value);
  }
  return { target, folder: resolve(io.cwd, out), query, options };
}

function atUrl(given: string, { frontend, user }: Choice, io: Io): Asked {
  const option = frontend !== undefined ? '--frontend' : user !== undefined ? '--user' : undefined;
  if (option !== undefined) throw new UsageError(`capture: ${option} belongs to a configuration, not to a URL`);
  return askedAt('capture', given, io);
}

async function configured(given: string | undefined, { frontend, user }: Choice, io: Io): Promise<Asked> {
  const file = given === undefined ? defaultFile(io.cwd) : resolve(io.cwd, given);
  const { plugin, name, config } = chosen((await load(file, io)).frontends, frontend);
  const { url, certificate, clients } = plugin.contact!(config);
  if (new URL(url).port === '0')
    throw new Error(`the port of front-end "${name}" is 0: the system chose it; give the URL that the log names`);
  const client = user === undefined ? clients[0] : clients.find((one) => one.name === user);
  if (user !== undefined && client === undefined) {
    const names = clients.map((one) => one.name);
    throw new UsageError(
      `capture: front-end "${name}" knows no "${user}"${didYouMean(user, names)} (it knows ${names.join(', ') || 'nobody'})`,
    );
  }
  return { url, certificate, authorization: client?.authorization };
}

function chosen(frontends: readonly LoadedFrontend[], wanted: string | undefined): LoadedFrontend {
  const able = frontends.filter(({ plugin }) => plugin.contact !== undefined);
  const names = able.map(({ name }) => name);
  const [first, second] = wanted === undefined ? able : able.filter(({ name }) => name === wanted);
  if (first === undefined && wanted !== undefined)
    throw new UsageError(
      `capture: there is no front-end "${wanted}" that can be asked${didYouMean(wanted, names)} (there are: ${names.join(', ') || 'none'})`,
    );
  if (first === undefined)
    throw new Error('no front-end of the configuration can be asked; add one of the type "http", or give a URL');
  if (second !== undefined) throw new UsageError(`capture: needs --frontend, one of ${names.join(', ')}`);
  return first;
}

function summary(count: number, end: End | undefined, folder: string): string {
  if (end === undefined) return `the server ended the connection after ${counted(count)}\n`;
  const skipped = end.skipped === 0 ? '' : `; ${end.skipped} more were too large to be held`;
  if (count === 0) return `nothing was posted${skipped}\n`;
  return `captured ${counted(count)} in ${folder}${skipped}\n`;
}

function counted(count: number): string {
  return count === 1 ? 'a request' : `${count} requests`;
}
