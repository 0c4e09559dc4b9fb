import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reachable } from '../kit/http/contact.ts';
import { type Address, urlOf } from '../kit/listener.ts';
import { divide, load } from './configuration.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions, portNumber } from './options.ts';

/** Bytes of lines in one datagram: what fits into an Ethernet frame. */
const DATAGRAM = 1432;
/** Milliseconds within which a machine answers that nobody listens. */
const ANSWER_MS = 100;

const flags = {
  host: {
    type: 'string',
    value: 'h',
    says: 'name or address of the server (127.0.0.1), whatever the configuration says',
  },
  port: { type: 'string', value: 'n', says: 'its port (8125), likewise' },
  tcp: { type: 'boolean', says: 'over a TCP connection' },
  socket: {
    type: 'string',
    value: 'path',
    says: 'to a Unix socket, of streams or of datagrams; "@name" is one without a file (Linux)',
  },
} as const satisfies Flags;

/** Sends lines as a client of StatsD would. */
export const send: Command = {
  usage: 'send <line>... [config.json] [--host h] [--port n] [--tcp] [--socket path]',
  summary: 'send lines such as page.views:1|c',
  about: `Without a line those of standard input. They go where the configuration listens: to the first front-end
for UDP, else TCP, else a Unix socket; without ./config.json to UDP port 8125 of this machine. The last
argument is the configuration where it is a file or ends in ".json", and has no "|".
`,
  options: flags,
  examples: `  statsdrain send 'page.views:1|c|#env:prod' 'response.time:87|ms'
`,
  async run(args, io) {
    const { lines, given, options } = parse(args, io);
    const text = lines.length > 0 ? lines : linesOf(io.read());
    if (text.length === 0) throw new UsageError('send: there is no line to send: "statsdrain send page.views:1|c"');
    const target = await deliver(text, options ?? (await configured(given, io)), io);
    io.out(`sent ${text.length === 1 ? 'a line' : `${text.length} lines`} to ${target}\n`);
    return 0;
  },
};

interface Options extends Address {
  readonly tcp: boolean;
  readonly socket: string | undefined;
}

interface Parsed {
  readonly lines: readonly string[];
  /** The configuration. */
  readonly given: string | undefined;
  /** Absent: they go where the configuration listens. */
  readonly options: Options | undefined;
}

function parse(args: readonly string[], { cwd }: Io): Parsed {
  const { values, positionals } = parseOptions('send', flags, args);
  const { host, port, tcp = false, socket } = values;
  const number = portNumber('send', port ?? '8125');
  const beside = tcp ? '--tcp' : host !== undefined ? '--host' : port !== undefined ? '--port' : undefined;
  if (socket !== undefined && beside !== undefined) {
    throw new UsageError(`send: --socket names a Unix socket, where ${beside} has no meaning; remove one of them`);
  }
  const { words, given } = divide(positionals, cwd);
  const said = beside ?? (socket === undefined ? undefined : '--socket');
  if (said === undefined) return { lines: words.flatMap(linesOf), given, options: undefined };
  if (given !== undefined)
    throw new UsageError(`send: ${said} says where to send, and so does "${given}"; remove one of them`);
  return {
    lines: words.flatMap(linesOf),
    given,
    options: { host: host ?? '127.0.0.1', port: number, tcp, socket },
  };
}

/** Where a configuration listens. */
async function configured(given: string | undefined, io: Io): Promise<Options> {
  const usual = { host: '127.0.0.1', port: 8125, tcp: false, socket: undefined };
  const file = resolve(io.cwd, given ?? 'config.json');
  if (given === undefined && !existsSync(file)) return usual;
  const { frontends } = await load(file, io);
  const places = frontends
    .filter(({ plugin }) => plugin.takesLines === true)
    .flatMap(({ name, plugin, config }) => (plugin.listens?.(config) ?? []).map((address) => ({ name, address })));
  for (const transport of ['udp', 'tcp', 'unix'] as const) {
    const found = places.find(({ address }) => address.transport === transport);
    if (found === undefined) continue;
    const { name, address } = found;
    if (address.transport === 'unix') return { ...usual, socket: address.path };
    if (address.port === 0)
      throw new Error(
        `${file}: the port of front-end "${name}" is 0: the system chose it; give --port with that of the log`,
      );
    return { ...usual, host: reachable(address.host), port: address.port, tcp: transport === 'tcp' };
  }
  throw new Error(`${file} has no front-end that takes lines of StatsD; add { "type": "udp" } to its "frontends"`);
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** Gives where they went. */
async function deliver(lines: readonly string[], options: Options, io: Io): Promise<string> {
  if (options.socket !== undefined) {
    const path = options.socket.startsWith('@') ? options.socket : resolve(io.cwd, options.socket);
    await toUnixSocket(path, lines);
    return path;
  }
  const url = urlOf(options.tcp ? 'tcp' : 'udp', options);
  try {
    await (options.tcp ? overStream(options, lines) : overUdp(options, lines));
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error, 'is the server running, and does it have a front-end there?')}`);
  }
  return url;
}

async function overUdp({ host, port }: Address, lines: readonly string[]): Promise<void> {
  const { lookup } = await import('node:dns/promises');
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  // Of a connected socket the system tells that nobody listens, where that is this machine or a close one.
  const refused = once(socket, 'error').then(([error]) => Promise.reject(error));
  refused.catch(() => undefined);
  try {
    socket.connect(port, address);
    await Promise.race([once(socket, 'connect'), refused]);
    for (const datagram of datagrams(lines)) {
      await new Promise<void>((resolve, reject) =>
        socket.send(datagram, (error) => (error ? reject(error) : resolve())),
      );
    }
    await Promise.race([sleep(ANSWER_MS), refused]);
  } finally {
    socket.close();
  }
}

/** Lines together as far as they fit. */
function datagrams(lines: readonly string[]): string[] {
  const all: string[] = [];
  for (const line of lines) {
    const last = all.at(-1);
    const together = last === undefined ? line : `${last}\n${line}`;
    if (last !== undefined && Buffer.byteLength(together) <= DATAGRAM) all[all.length - 1] = together;
    else all.push(line);
  }
  return all;
}

async function overStream(to: Address | { readonly path: string }, lines: readonly string[]): Promise<void> {
  const socket = connect(to);
  await once(socket, 'connect');
  socket.end(`${lines.join('\n')}\n`);
  socket.resume();
  await once(socket, 'close');
}

async function toUnixSocket(path: string, lines: readonly string[]): Promise<void> {
  try {
    await overStream({ path: path.replace(/^@/, '\0') }, lines);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPROTOTYPE') {
      throw new Error(
        `${path}: ${reasonOf(error, 'is the server running, and is this the path of its front-end "unix"?')}`,
      );
    }
    const { sendUnixDatagrams } = await import('../receive/send-unix.ts');
    await sendUnixDatagrams(path, datagrams(lines));
  }
}

function reasonOf(error: unknown, hint: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return `nobody listens there; ${hint}`;
    case 'ENOENT':
      return `there is no such socket; ${hint}`;
    case 'EACCES':
      return 'no permission to write to it; ask its owner for "permissions" that allow it';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name has no address; give another --host';
    default:
      return message;
  }
}
