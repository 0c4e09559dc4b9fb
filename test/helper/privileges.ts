import { once } from 'node:events';
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A user who owns no file. */
const NOBODY = 65_534;
/** Its bit in a set of capabilities, capabilities(7). */
const CAP_NET_ADMIN = 12n;

/**
 * Runs `run` without a privilege: the superuser, who may do everything, is nobody for as long. Whoever else runs the tests has none
 * anyway.
 */
export async function withoutPrivileges(run: () => unknown): Promise<void> {
  const superuser = process.geteuid?.() === 0;
  if (superuser) process.seteuid?.(NOBODY);
  try {
    await run();
  } finally {
    if (superuser) process.seteuid?.(0);
  }
}

/** Whether ports below 1024 are open to this process and its children. */
export async function mayListenOnLowPorts(): Promise<boolean> {
  const server = createServer().listen(1, '127.0.0.1');
  try {
    await once(server, 'listening');
    server.close();
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

/** Whether this process and its children read files and folders whose permissions forbid it. */
export function mayReadEverything(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
  try {
    chmodSync(folder, 0);
    accessSync(folder, constants.R_OK);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether receive buffers of this process and its children may be larger than net.core.rmem_max (Linux). */
export function mayForceBuffers(): boolean {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return ((BigInt(`0x${effective ?? 0}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}
