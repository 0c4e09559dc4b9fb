import { describe, expect, it } from 'vitest';
import type { ListenAddress, SocketType } from '../../src/plugin.ts';
import { createInheritance, type Heirloom } from '../../src/supervision/inherited.ts';

const udp = (host: string, port: number, ipv6Only?: boolean): ListenAddress => ({
  transport: 'udp',
  host,
  port,
  ...(ipv6Only === undefined ? {} : { ipv6Only }),
});
const tcp = (host: string, port: number): ListenAddress => ({ transport: 'tcp', host, port });
const unix = (path: string): ListenAddress => ({ transport: 'unix', path });

function heirloom(fd: number, name: string, type: SocketType, address: ListenAddress, kept = true): Heirloom {
  return { fd, name, type, address, kept };
}

/** Copies are numbered from 100. */
function inheritanceOf(...heirlooms: readonly Heirloom[]) {
  let copies = 100;
  return createInheritance(heirlooms, () => copies++);
}

describe('an inherited socket', () => {
  it.each<[string, Heirloom, SocketType, ListenAddress, boolean]>([
    [
      'has the name',
      heirloom(3, 'metrics', 'datagram', udp('0.0.0.0', 9125)),
      'datagram',
      udp('127.0.0.1', 8125),
      true,
    ],
    ['has the address', heirloom(3, 'x', 'stream', tcp('127.0.0.1', 8125)), 'stream', tcp('127.0.0.1', 8125), true],
    ['is on localhost', heirloom(3, 'x', 'stream', tcp('127.0.0.1', 8125)), 'stream', tcp('localhost', 8125), true],
    ['has the address', heirloom(3, 'x', 'stream', tcp('::1', 8125)), 'stream', tcp('0:0:0:0:0:0:0:1', 8125), true],
    ['is on all addresses', heirloom(3, 'x', 'datagram', udp('::', 8125)), 'datagram', udp('0.0.0.0', 8125), true],
    ['is on IPv6 only', heirloom(3, 'x', 'datagram', udp('::', 8125, true)), 'datagram', udp('0.0.0.0', 8125), false],
    ['has another host', heirloom(3, 'x', 'datagram', udp('::', 8125)), 'datagram', udp('127.0.0.1', 8125), false],
    ['has another port', heirloom(3, 'x', 'stream', tcp('127.0.0.1', 8126)), 'stream', tcp('127.0.0.1', 8125), false],
    ['is of TCP', heirloom(3, 'metrics', 'stream', tcp('0.0.0.0', 8125)), 'datagram', udp('0.0.0.0', 8125), false],
    ['has the path', heirloom(3, 'x', 'stream', unix('/run/s')), 'stream', unix('/run/s'), true],
    ['is of datagrams', heirloom(3, 'metrics', 'datagram', unix('/run/s')), 'stream', unix('/run/s'), false],
  ])('that %s: %o for a %s at %o: %s', (_, one, type, address, found) => {
    const expected = found ? { fds: [100], address: one.address, kept: true } : undefined;
    expect(inheritanceOf(one).take('metrics', type, address)).toEqual(expected);
  });

  it('that has the name comes before one that has the address', () => {
    const inheritance = inheritanceOf(
      heirloom(3, 'other', 'datagram', udp('127.0.0.1', 8125)),
      heirloom(4, 'metrics', 'datagram', udp('127.0.0.1', 9125)),
    );
    expect(inheritance.take('metrics', 'datagram', udp('127.0.0.1', 1))?.address).toEqual(udp('127.0.0.1', 9125));
    expect(inheritance.left()).toEqual(['"other" (udp://127.0.0.1:8125)']);
  });

  it('is taken once, and again after its owner has stopped', () => {
    const inheritance = inheritanceOf(heirloom(3, 'a', 'datagram', udp('::1', 8125)));
    expect(inheritance.left()).toEqual(['"a" (udp://[::1]:8125)']);
    expect(inheritance.take('a', 'datagram', udp('::1', 8125))?.fds).toEqual([100]);
    expect(inheritance.left()).toEqual([]);
    expect(inheritance.take('b', 'datagram', udp('::1', 8125))).toBeUndefined();
    inheritance.release('a');
    expect(inheritance.take('b', 'datagram', udp('::1', 8125))?.fds).toEqual([101]);
  });

  it('that nobody keeps is given away itself, with all that share its port', () => {
    const inheritance = inheritanceOf(
      heirloom(3, 'a', 'datagram', udp('::1', 8125), false),
      heirloom(4, 'a', 'datagram', udp('::1', 8125), false),
      heirloom(5, 'a', 'datagram', udp('::1', 8126), false),
    );
    expect(inheritance.take('a', 'datagram', udp('::1', 8125))).toEqual({
      fds: [3, 4],
      address: udp('::1', 8125),
      kept: false,
    });
    inheritance.release('a');
    expect(inheritance.take('a', 'datagram', udp('::1', 8125))).toBeUndefined();
    expect(inheritance.take('a', 'datagram', udp('::1', 0))?.fds).toEqual([5]);
  });

  it('that nobody takes is named', () => {
    const inheritance = inheritanceOf(heirloom(3, 'statsdrain.socket', 'stream', unix('@s')));
    expect(inheritance.left()).toEqual(['"statsdrain.socket" (stream socket "@s")']);
  });
});
