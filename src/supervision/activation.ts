import type { Logger } from '../plugin.ts';
import { type Libc, loadLibc } from '../receive/libc.ts';
import { closeOnExec, copyDescriptor, describeSocket } from '../receive/open-socket.ts';
import { createInheritance, type Heirloom, type Inheritance, nothingInherited } from './inherited.ts';

/** The first descriptor that a service manager passes, sd_listen_fds(3). */
const FIRST_FD = 3;
/** More than any unit has, and few enough to look at. */
const MOST_FDS = 4096;

export interface ActivationOptions {
  /** `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` are taken out of it: they are not for children. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  readonly pid?: number;
  readonly libc?: () => Promise<Libc | string>;
}

/** The sockets that a service manager has opened for this process: `ListenDatagram=` and `ListenStream=` of a unit of systemd. */
export async function openActivation(options: ActivationOptions): Promise<Inheritance> {
  const { env, log, pid = process.pid, libc: load = loadLibc } = options;
  const { LISTEN_PID: forPid, LISTEN_FDS: number = '', LISTEN_FDNAMES: names = '' } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
  if (forPid !== String(pid) || !/^[1-9]\d*$/.test(number)) return nothingInherited;
  const libc = await load();
  if (typeof libc === 'string') {
    log.error(`the sockets that the service manager opened cannot be used: ${libc}`, { sockets: number });
    return nothingInherited;
  }
  const found: Heirloom[] = [];
  const given = names.split(':');
  for (let index = 0; index < Math.min(Number(number), MOST_FDS); index++) {
    const fd = FIRST_FD + index;
    closeOnExec(libc, fd);
    const name = given[index] || 'unknown';
    const socket = describeSocket(libc, fd);
    if (socket === undefined || (socket.type === 'stream' && !socket.listening)) {
      log.error(`descriptor ${fd}, which the service manager calls "${name}", is no socket that can be listened on`);
      continue;
    }
    found.push({ fd, name, type: socket.type, address: socket.address, kept: true });
  }
  return createInheritance(found, (fd) => copyDescriptor(libc, fd));
}
