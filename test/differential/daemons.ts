import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../bench/free-port.ts';
import { socketState, waitForConnection, waitForSocket } from '../../bench/udp-socket.ts';
import { withUtilLog } from '../helper/util-log.ts';
import { type Carbon, startCarbon } from './carbon.ts';
import { nativeConfig, type OriginalSettings } from './native.ts';
import { type Program, startProgram } from './processes.ts';
import { packageFile } from './root.ts';

/** A daemon that listens on UDP and TCP and flushes to a carbon of its own. */
export interface Daemon {
  readonly name: string;
  readonly udp: number;
  readonly tcp: number;
  readonly carbon: Carbon;
  readonly program: Program;
  /** Datagrams that the kernel dropped because the daemon did not read them in time. */
  kernelDrops(): number;
  stop(): Promise<void>;
}

export type Start = (settings: OriginalSettings) => Promise<Daemon>;

const host = '127.0.0.1';
/** Another program may take a port between its choice and its use. */
const ATTEMPTS = 5;
/** As the original says it, and as statsdrain does. */
const IN_USE = /EADDRINUSE|another process uses port/;

/** npm's `statsd`, the original. */
export const startOriginal: Start = (settings) =>
  retried(async () =>
    withCarbon('original', async (carbon, folder) => {
      const ports = await freePorts();
      const file = writeConfig(folder, 'config.js', originalFile(settings, ports, carbon.port));
      const program = startProgram([...withUtilLog, packageFile('node_modules/statsd/stats.js'), file]);
      return { ...(await listening(program, ports)), program };
    }),
  );

/** statsdrain with a configuration of its own. */
export const startNative: Start = (settings) =>
  withCarbon('statsdrain', async (carbon, folder) => {
    const file = writeConfig(folder, 'config.json', JSON.stringify(nativeConfig(settings, carbon.port)));
    const program = startProgram([packageFile('dist/src/cli.js'), file]);
    const line = await program.logged((each) => each.includes('"msg":"ready"'));
    const port = (scheme: string) => Number(new RegExp(`${scheme}://127\\.0\\.0\\.1:(\\d+)`).exec(line)?.[1]);
    return { udp: port('udp'), tcp: port('tcp'), program };
  });

/** statsdrain with the original's configuration file. */
export const startMapped: Start = (settings) =>
  retried(async () =>
    withCarbon('statsdrain (their file)', async (carbon, folder) => {
      const ports = await freePorts();
      const file = writeConfig(folder, 'config.js', originalFile(settings, ports, carbon.port));
      const program = startProgram([packageFile('dist/src/cli.js'), file]);
      return { ...(await listening(program, ports)), program };
    }),
  );

interface Ports {
  readonly udp: number;
  readonly tcp: number;
  readonly admin: number;
}

async function freePorts(): Promise<Ports> {
  return { udp: await freePort(), tcp: await freePort(), admin: await freePort() };
}

function originalFile(settings: OriginalSettings, ports: Ports, graphitePort: number): string {
  const file = {
    backends: ['./backends/graphite'],
    servers: [
      { server: './servers/udp', address: host, port: ports.udp },
      { server: './servers/tcp', address: host, port: ports.tcp },
    ],
    mgmt_address: host,
    mgmt_port: ports.admin,
    graphiteHost: host,
    graphitePort,
    title: false,
    automaticConfigReload: false,
    ...settings,
  };
  return `(${JSON.stringify(file, null, 2)})\n`;
}

async function listening(program: Program, ports: Ports): Promise<{ udp: number; tcp: number }> {
  const died = program.ended.then((how): never => {
    throw new Error(how);
  });
  const open = Promise.all([
    waitForSocket(ports.udp, () => true),
    waitForConnection(ports.tcp),
    waitForConnection(ports.admin),
  ]);
  try {
    await Promise.race([open, died]);
  } catch (error) {
    open.catch(() => undefined);
    await program.kill();
    throw error;
  } finally {
    died.catch(() => undefined);
  }
  return ports;
}

async function withCarbon(
  name: string,
  start: (carbon: Carbon, folder: string) => Promise<Pick<Daemon, 'udp' | 'tcp' | 'program'>>,
): Promise<Daemon> {
  const carbon = await startCarbon();
  const folder = mkdtempSync(join(tmpdir(), 'statsdrain-differential-'));
  const tidy = async () => {
    await carbon.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { udp, tcp, program } = await start(carbon, folder);
    return {
      name,
      udp,
      tcp,
      carbon,
      program,
      kernelDrops: () => socketState(udp)?.drops ?? 0,
      async stop() {
        await program.kill();
        await tidy();
      },
    };
  } catch (error) {
    await tidy();
    throw error;
  }
}

async function retried(start: () => Promise<Daemon>): Promise<Daemon> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === ATTEMPTS || !IN_USE.test(String(error))) throw error;
    }
  }
}

function writeConfig(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
