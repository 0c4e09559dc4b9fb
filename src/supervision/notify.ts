import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../plugin.ts';
import { encodePath } from '../receive/address.ts';
import { errorName, type Libc, loadLibc } from '../receive/libc.ts';

/** Assignments of sd_notify(3), such as `READY: 1`. */
export type Notice = Readonly<Record<string, string | number | bigint>>;

/** Tells the service manager how the process does. Never throws, and never waits. */
export type Notify = (notice: Notice) => void;

/** How long the queue of the service manager may be full, and how often that is looked at. */
const FULL_MS = 2000;
const PAUSE_MS = 10;

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** Node has no Unix sockets of datagrams: they are the C library's, or else a program of systemd sends the notice. */
export interface NotifyOptions {
  /** `NOTIFY_SOCKET`: an absolute path, or `@name` in the abstract namespace. */
  readonly address: string;
  readonly log: Logger;
  readonly libc?: () => Promise<Libc | string>;
  /** The program that sends a notice where there is no koffi. */
  readonly program?: string;
}

/** Sends notices in the order in which they are given. What fails is logged once. */
export function openNotify({ address, log, libc = loadLibc, program = 'systemd-notify' }: NotifyOptions): Notify {
  let told = false;
  const failed = (why: string) => {
    if (!told) log.warn(`cannot tell the service manager at "${address}" how the server does: ${why}`);
    told = true;
  };
  if (!/^[/@]./.test(address)) {
    failed('NOTIFY_SOCKET is neither an absolute path nor "@" and a name');
    return () => undefined;
  }
  const loaded = libc();
  let queue: Promise<void> = Promise.resolve();

  async function send(text: string): Promise<void> {
    const found = await loaded;
    const failure =
      typeof found === 'string' ? await runProgram(program, address, text) : await sendTo(found, address, text);
    if (failure === undefined) return;
    failed(typeof found === 'string' ? `${found}, and ${failure}` : failure);
  }

  return (notice) => {
    const text = textOf(notice);
    queue = queue.then(() => send(text)).catch((error: Error) => failed(error.message));
  };
}

/** A value goes to the end of its line. */
function textOf(notice: Notice): string {
  return Object.entries(notice)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\n', ' ')}`)
    .join('\n');
}

/** Gives why it could not be sent. */
async function sendTo(libc: Libc, path: string, text: string): Promise<string | undefined> {
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return `socket ${errorName(libc.errno())}`;
  const address = encodePath(path);
  const bytes = Buffer.from(text);
  const deadline = performance.now() + FULL_MS;
  try {
    for (;;) {
      const sent = libc.sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length);
      if (Number(sent) >= 0) return undefined;
      const error = errorName(libc.errno());
      if (error !== 'EAGAIN' || performance.now() > deadline) return `sendto ${error}`;
      await sleep(PAUSE_MS);
    }
  } finally {
    libc.close(fd);
  }
}

function runProgram(program: string, address: string, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = [`--pid=${process.pid}`, ...text.split('\n')];
    const child = spawn(program, args, { env: { ...process.env, NOTIFY_SOCKET: address }, stdio: 'ignore' });
    child.once('error', (error) => resolve(`"${program}" cannot run: ${error.message}`));
    child.once('exit', (code) => resolve(code === 0 ? undefined : `"${program}" ended with code ${code}`));
  });
}
