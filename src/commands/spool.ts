import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../kit/error-text.ts';
import { escapeControls } from '../kit/escape.ts';
import type { Inspected, Inspection } from '../spool/inspect.ts';
import { defaultFile, load } from './configuration.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions } from './options.ts';

const words = ['ls', 'show', 'drop'] as const;

const flags = {
  config: { type: 'string', value: 'file', says: 'configuration to read (./config.json, or else the bundled example)' },
  path: { type: 'string', value: 'folder', says: 'the folder, without a configuration' },
  lane: {
    type: 'string',
    value: 'b/lane',
    says: 'only what waits for this lane, or with a name alone for this back-end',
  },
  all: { type: 'boolean', says: 'everything, and what was damaged' },
} as const satisfies Flags;

/** Shows and empties the spool. */
export const spool: Command = {
  words,
  usage: 'spool <ls|show|drop> [--config file] [--path folder] [--lane backend/lane] [--all]',
  summary: 'list, show or give up what waits on disk',
  about: `Of the folder that "spool" in the configuration names.

  ls               what waits for each back-end and lane, and what was damaged
  show [id]        each request that waits; with its id, the names of what is in it
  drop             give up what waits, for good: needs --lane or --all, and that no server uses the folder
`,
  options: flags,
  examples: `  statsdrain spool drop --lane datadog/events
`,
  async run(args, io) {
    const { word, id, options } = parse(args);
    const folder = await folderOf(options, io);
    if (!existsSync(folder)) {
      io.out(`${folder}: there is no such folder yet: nothing waits\n`);
      return 0;
    }
    const { inspect, idOf, readInspected } = await import('../spool/inspect.ts');
    if (word === 'drop') return drop(folder, options, io);
    const found = await inspect(folder).catch((error) => {
      throw new Error(`${folder}: ${messageOf(error)}`);
    });
    const wanted = chosen(options.lane);
    const payloads = found.payloads.filter(({ head }) => wanted(head));
    if (word === 'ls') {
      io.out(list(folder, found, payloads));
      return 0;
    }
    if (id === undefined) {
      for (const one of payloads) io.out(`${idOf(one.place)}  ${described(one)}\n`);
      return 0;
    }
    const one = payloads.find(({ place }) => idOf(place) === id);
    if (one === undefined) throw new Error(`no payload "${id}" waits in ${folder}; "statsdrain spool show" lists them`);
    const { names } = await readInspected(folder, one);
    io.out(`${id}  ${described(one)}\n${names.map((name) => `  ${escapeControls(name)}\n`).join('')}`);
    return 0;
  },
};

interface Options {
  readonly config?: string | undefined;
  readonly path?: string | undefined;
  readonly lane?: string | undefined;
  readonly all?: boolean | undefined;
}

function parse(args: readonly string[]) {
  const parsed = parseOptions('spool', flags, args);
  const [given = '', id, extra] = parsed.positionals;
  const word = words.find((one) => one === given);
  const options: Options = parsed.values;
  if (word === undefined) throw new UsageError(`spool: "${given}" is none of ${words.join(', ')}`);
  if (extra !== undefined || (id !== undefined && word !== 'show')) {
    throw new UsageError(`spool ${word}: unexpected argument "${extra ?? id}"; see "statsdrain spool --help"`);
  }
  if (options.config !== undefined && options.path !== undefined) {
    throw new UsageError('spool: --config and --path are two ways to name one folder: give one of them');
  }
  if (word === 'drop' && (options.lane === undefined) === (options.all === undefined)) {
    throw new UsageError('spool drop: needs one of --lane (a back-end or backend/lane) and --all');
  }
  if (word !== 'drop' && options.all !== undefined) throw new UsageError(`spool ${word}: --all belongs to "drop"`);
  return { word, id, options };
}

async function folderOf({ config, path }: Options, io: Io): Promise<string> {
  if (path !== undefined) return resolve(io.cwd, path);
  const file = config === undefined ? defaultFile(io.cwd) : resolve(io.cwd, config);
  const { settings } = await load(file, io);
  if (settings.spool !== undefined) return settings.spool.path;
  throw new Error(`${file} has no "spool"; add "spool": { "path": "./spool" } to it, or give --path`);
}

/** `backend` or `backend/lane`; all without. */
function chosen(lane: string | undefined): (head: Inspected['head']) => boolean {
  return (head) => lane === undefined || lane === head.backend || lane === laneOf(head);
}

async function drop(folder: string, { lane }: Options, io: Io): Promise<number> {
  const { dropPayloads } = await import('../spool/inspect.ts');
  const count = await dropPayloads(folder, chosen(lane)).catch((error) => {
    const remedy = error instanceof Error && error.name === 'Held' ? '; stop it first' : '';
    throw new Error(`${folder}: ${messageOf(error)}${remedy}`);
  });
  io.out(`${counted(count, 'payload')} given up\n`);
  return 0;
}

function list(folder: string, found: Inspection, payloads: readonly Inspected[]): string {
  const { segments, quarantine, damagedBytes, pid } = found;
  const bytes = [...segments, ...quarantine].reduce((sum, file) => sum + file.bytes, 0);
  const user = pid === undefined ? 'nobody uses it' : `process ${pid} uses it`;
  const head = `${folder}: ${counted(payloads.length, 'payload')}, ${counted(bytes, 'byte')} on disk; ${user}\n`;
  const lanes = new Map<string, Inspected[]>();
  for (const one of payloads) {
    const lane = laneOf(one.head);
    const others = lanes.get(lane);
    if (others === undefined) lanes.set(lane, [one]);
    else others.push(one);
  }
  const rows = [...lanes].sort().map(([lane, all]) => {
    const items = all.reduce((sum, one) => sum + one.head.items, 0);
    const size = all.reduce((sum, one) => sum + one.size, 0);
    const oldest = time(Math.min(...all.map(({ head: { createdMs } }) => createdMs)));
    return `  ${escapeControls(lane)}  ${counted(all.length, 'payload')}  ${counted(items, 'item')}  ${counted(size, 'byte')}  since ${oldest}\n`;
  });
  const bad = quarantine.reduce((sum, file) => sum + file.bytes, 0);
  const kept =
    quarantine.length === 0 ? '' : `  quarantined: ${counted(bad, 'byte')} in ${counted(quarantine.length, 'file')}\n`;
  const damaged = damagedBytes === 0 || pid !== undefined ? '' : `  damaged: ${counted(damagedBytes, 'byte')}\n`;
  return head + rows.join('') + kept + damaged;
}

function described({ head, size }: Inspected): string {
  return `${escapeControls(laneOf(head))}  ${time(head.createdMs)}  ${counted(head.items, 'item')}  ${counted(size, 'byte')}`;
}

function laneOf({ backend, lane }: Inspected['head']): string {
  return `${backend}/${lane}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
