import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { linesOf } from './lines-of.ts';

/** The built command; `npm test` builds before it tests. */
const command = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const WAIT_MS = 20_000;

/** One line of the console back-end with `"format": "json"`. */
export interface Entry {
  /** Unix seconds of the window's end. */
  readonly window: number;
  /** Number of the window. */
  readonly id: number;
  readonly type: string;
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly value?: number;
  /** Of a point with a time of its own: Unix seconds. */
  readonly timestamp?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly interval?: number;
  readonly series?: number;
  readonly received?: number;
  readonly rejected?: Readonly<Record<string, number>>;
  readonly dropped?: Readonly<Record<string, number>>;
  /** Of events and service checks. */
  readonly title?: string;
  readonly text?: string;
  readonly status?: number;
  readonly message?: string;
}

/** One line of the log. `time` is ISO 8601. */
export interface LogLine {
  readonly time?: string;
  readonly level: string;
  readonly msg: string;
  readonly frontends?: readonly string[];
  readonly backends?: readonly string[];
  /** Of a reload. */
  readonly changed?: readonly string[];
  readonly admin?: readonly string[];
  readonly frontend?: string;
  readonly backend?: string;
  /** Of a back-end that sends. */
  readonly lane?: string;
  readonly payloads?: number;
  readonly requests?: number;
}

/** A statsdrain of its own process in a folder of its own, both gone when the test ends. */
export interface Server {
  readonly pid: number;
  readonly folder: string;
  /** What the console back-end printed, and when it arrived (Unix milliseconds). */
  readonly entries: readonly Entry[];
  readonly windows: readonly (Entry & { readonly arrivedMs: number })[];
  readonly log: readonly LogLine[];
  /** Both streams as they came, for output that is not JSON. */
  readonly stdout: string;
  readonly stderr: string;
  /** Port of a front-end or a back-end by its name. */
  port(name: string): number;
  /** Port of the admin interface. */
  adminPort(): number;
  /** Sum of the counter over all windows, of all series with every one of `tags`. */
  total(name: string, ...tags: readonly string[]): number;
  /** Waits until `condition` holds after some output. Rejects after 20 s and when the process ends. */
  until(what: string, condition: () => boolean): Promise<void>;
  configure(config: object | string): void;
  /** Reads nothing of what it prints, until `resume`. */
  stall(): void;
  resume(): void;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, or the signal, once the process has ended and its output is read. */
  readonly ended: Promise<number | string>;
  /** Ends it by a signal and gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface StartOptions {
  /** Folder to run in, instead of a new one. */
  readonly folder?: string;
  /** The built `cli.js` of another installation. */
  readonly program?: string;
  /** A program and its arguments that is to run the server: it must become the server, or start it with its own process number. */
  readonly under?: readonly string[];
  /** A module that each of its threads loads before all others. */
  readonly preload?: string;
  /** Open descriptors that it gets, from 3 on. */
  readonly fds?: readonly number[];
  /** Besides those of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** In front of the configuration. */
  readonly flags?: readonly string[];
}

export const jsonConsole = { type: 'console', format: 'json' } as const;

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Starts statsdrain with a configuration and waits until it is ready. */
export async function startServer(config: object | string, options: StartOptions = {}): Promise<Server> {
  const server = launch(config, options);
  await server.until('the line "ready"', () => server.log.some(({ msg }) => msg === 'ready'));
  return server;
}

/** Starts statsdrain with a configuration, or the text of one, which need not be valid. */
export function launch(
  config: object | string,
  { folder = temporaryFolder(), flags = [], ...options }: StartOptions = {},
): Server {
  const file = join(folder, 'config.json');
  const configure = (next: object | string) =>
    writeFileSync(file, typeof next === 'string' ? next : JSON.stringify(next));
  configure(config);
  return watch(run([...flags, file], folder, options), folder, configure);
}

/** Runs the command to its end, and gives what it said. */
export async function runCommand(args: readonly string[], cwd: string) {
  const server = watch(run(args, cwd), cwd, () => undefined);
  const code = await server.ended;
  return { code, stdout: server.stdout, stderr: server.stderr };
}

/** Starts the command; the process is ended when the test ends. */
export function run(
  args: readonly string[],
  cwd: string,
  { program = command, under = [], preload, fds = [], env = {} }: Omit<StartOptions, 'folder' | 'flags'> = {},
): ChildProcess {
  if (!existsSync(program)) throw new Error(`${program} is missing; run "npm run build"`);
  const [first, ...rest] = [...under, process.execPath, program, ...args];
  const loaded = preload === undefined ? {} : { NODE_OPTIONS: `--require "${preload}"` };
  const child = spawn(first!, rest, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
    env: { ...process.env, ...loaded, ...env },
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return child;
}

function watch(child: ChildProcess, folder: string, configure: (config: object | string) => void): Server {
  const entries: Entry[] = [];
  const windows: (Entry & { arrivedMs: number })[] = [];
  const log: LogLine[] = [];
  const totals = new Map<string, Map<string, number>>();
  const texts = { stdout: '', stderr: '' };
  let over = false;
  let look: () => void = () => undefined;

  function takeEntry(line: string): void {
    const entry = tryJson<Entry>(line);
    texts.stdout += entry === undefined ? `${line}\n` : '';
    if (entry === undefined) return;
    entries.push(entry);
    if (entry.type === 'window') windows.push({ ...entry, arrivedMs: Date.now() });
    if (entry.type !== 'counter' || entry.name === undefined) return;
    const byTags = totals.get(entry.name) ?? new Map<string, number>();
    totals.set(entry.name, byTags);
    const tags = JSON.stringify(entry.tags);
    byTags.set(tags, (byTags.get(tags) ?? 0) + (entry.value ?? 0));
  }

  function takeLog(line: string): void {
    texts.stderr += `${line}\n`;
    const parsed = tryJson<LogLine>(line);
    if (parsed !== undefined) log.push(parsed);
  }

  linesOf(child.stdout!, takeEntry, () => look());
  linesOf(child.stderr!, takeLog, () => look());
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      over = true;
      look();
      resolve(code ?? signal ?? 'unknown');
    });
  });

  async function until(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return;
    const before = look;
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        look = before;
        if (error === undefined) resolve();
        else reject(new Error(`${error.message} while waiting for ${what}; its log:\n${texts.stderr.slice(-4000)}`));
      };
      const timer = setTimeout(() => settle(new Error(`${WAIT_MS} ms went by`)), WAIT_MS);
      look = () => {
        before();
        if (condition()) settle();
        else if (over) settle(new Error('the process ended'));
      };
    });
  }

  return {
    pid: child.pid!,
    folder,
    entries,
    windows,
    log,
    get stdout() {
      return texts.stdout;
    },
    get stderr() {
      return texts.stderr;
    },
    port(name) {
      const lines = log.filter(({ frontends }) => frontends !== undefined).at(-1);
      const line = [...(lines?.frontends ?? []), ...(lines?.backends ?? [])].find((one) => one.startsWith(`${name} `));
      const port = /:(\d+)(?:\/\S*)?$/.exec(line ?? '')?.[1];
      if (port === undefined) throw new Error(`no port of "${name}" in the log:\n${texts.stderr}`);
      return Number(port);
    },
    adminPort() {
      const lines = log.filter(({ frontends }) => frontends !== undefined).at(-1);
      const port = /:(\d+)$/.exec(lines?.admin?.[0] ?? '')?.[1];
      if (port === undefined) throw new Error(`no admin interface in the log:\n${texts.stderr}`);
      return Number(port);
    },
    total(name, ...tags) {
      let sum = 0;
      for (const [key, value] of totals.get(name) ?? []) {
        const own = JSON.parse(key) as string[];
        if (tags.every((tag) => own.includes(tag))) sum += value;
      }
      return sum;
    },
    until,
    configure,
    stall: () => {
      child.stdout!.pause();
    },
    resume: () => {
      child.stdout!.resume();
    },
    signal: (signal) => {
      child.kill(signal);
    },
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await until('the end of the process', () => over);
      return ended;
    },
  };
}

function tryJson<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}
