import { BlockList, isIP } from 'node:net';

/**
 * Whether `NO_PROXY` says that a URL is reached without a proxy. It is a list with commas or blanks between its entries: `*`, a
 * host name with all that end in it (`example.com`), only those (`.example.com`, `*.example.com`), an address, or a range of
 * addresses (`10.0.0.0/8`), each but the range with an optional port. Names are not looked up: ranges are for URLs with an
 * address.
 */
export function isExempt(noProxy: string, { protocol, hostname, port }: URL): boolean {
  const host = bare(hostname);
  const usedPort = port === '' ? usualPort(protocol) : port;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || inRange(entry, host) || isNamed(entry, host, usedPort));
}

/** Whether a URL leads to this machine by its host alone. */
export function isLoopback({ hostname }: URL): boolean {
  const host = bare(hostname);
  if (/(^|\.)localhost$/.test(host)) return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isNamed(entry: string, host: string, usedPort: string): boolean {
  const [, before, port] = isIP(entry) === 0 ? (/^(.+):(\d+)$/.exec(entry) ?? []) : [];
  const name = bare(before ?? entry);
  if (name === '' || (port !== undefined && port !== usedPort)) return false;
  const suffix = /^\*?(\..+)$/.exec(name)?.[1];
  if (suffix !== undefined) return host.endsWith(suffix);
  if (isIP(name) !== 0) return sameAddress(name, host);
  return host === name || host.endsWith(`.${name}`);
}

function inRange(entry: string, host: string): boolean {
  const [, network = '', prefix] = /^\[?([^/\]]+)\]?\/(\d{1,3})$/.exec(entry) ?? [];
  const bits = Number(prefix);
  const family = isIP(network);
  if (family === 0 || bits > (family === 6 ? 128 : 32)) return false;
  const range = new BlockList();
  range.addSubnet(network, bits, family === 6 ? 'ipv6' : 'ipv4');
  return contains(range, host);
}

function sameAddress(address: string, host: string): boolean {
  const range = new BlockList();
  range.addAddress(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return contains(range, host);
}

function contains(range: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && range.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** Without the brackets of IPv6 and without the dot that ends a full name. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/(?<=.)\.$/, '');
}

function usualPort(protocol: string): string {
  return protocol === 'https:' ? '443' : '80';
}
