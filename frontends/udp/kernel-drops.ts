import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';

const PERIOD_MS = 1000;

export interface KernelDrops {
  /** Reports what was dropped up to now; afterwards `report` is not called any more. */
  stop(): void;
}

/**
 * Reports the increase of the kernel's drop counter of a bound UDP socket, read every second. Linux only: elsewhere,
 * and where /proc cannot be read, nothing is ever reported. `inherited`: what it has dropped up to now is not reported. `file` is for
 * tests.
 */
export function watchKernelDrops(
  socket: AddressInfo,
  report: (datagrams: number) => void,
  file = socket.family === 'IPv6' ? '/proc/net/udp6' : '/proc/net/udp',
  inherited = false,
): KernelDrops {
  if (process.platform !== 'linux') return { stop: () => undefined };
  let seen = inherited ? dropsNow(socket, file) : 0;
  let stopped = false;

  const compare = (table: string) => {
    const drops = dropsOf(socket, table);
    if (drops === undefined || drops === seen) return;
    // The kernel's counter has 32 bits.
    report((drops - seen) >>> 0);
    seen = drops;
  };
  const timer = setInterval(() => {
    readFile(file, 'latin1').then(
      (table) => {
        if (!stopped) compare(table);
      },
      () => undefined,
    );
  }, PERIOD_MS).unref();

  return {
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      try {
        compare(readFileSync(file, 'latin1'));
      } catch {
        // As while it runs: a container may hide /proc.
      }
    },
  };
}

/** 0 where it cannot be known. */
function dropsNow(socket: AddressInfo, file: string): number {
  try {
    return dropsOf(socket, readFileSync(file, 'latin1')) ?? 0;
  } catch {
    return 0;
  }
}

const LOCAL_ADDRESS = 1;
const DROPS = 12;

/**
 * Drops of `socket` in the text of /proc/net/udp or udp6 (proc_net_udp(5): one row per socket, drops in the last
 * column). It is found by address and port, which no other socket shares as long as it is bound without SO_REUSEPORT;
 * the inode would need the file descriptor, which `node:dgram` does not give away without a deprecation warning.
 */
export function dropsOf(socket: AddressInfo, table: string): number | undefined {
  const port = `:${socket.port.toString(16).toUpperCase().padStart(4, '0')}`;
  const address = canonical(socket.address);
  for (const row of table.split('\n')) {
    const columns = row.trim().split(/ +/);
    const local = columns[LOCAL_ADDRESS];
    if (!local?.endsWith(port) || addressOf(local.slice(0, -port.length)) !== address) continue;
    const drops = Number(columns[DROPS]);
    return Number.isInteger(drops) ? drops : undefined;
  }
  return undefined;
}

/** The kernel prints an address as 32-bit words in the byte order of the machine: 127.0.0.1 is 0100007F on x86. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = new Uint8Array(Uint32Array.from(words, (word) => Number.parseInt(word, 16)).buffer);
  if (bytes.length === 4) return bytes.join('.');
  const view = new DataView(bytes.buffer);
  const groups = Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i).toString(16));
  return canonical(groups.join(':'));
}

/** One spelling for each IPv6 address, without its zone. */
function canonical(address: string): string {
  if (!address.includes(':')) return address;
  const url = `udp://[${address.split('%')[0]}]`;
  return URL.canParse(url) ? new URL(url).hostname : address;
}
