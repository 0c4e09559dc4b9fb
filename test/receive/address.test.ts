import { describe, expect, it } from 'vitest';
import { decodeAddress, encodeAddress, encodePath, hostOf, portOf } from '../../src/receive/address.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('socket addresses', () => {
  it.each([
    ['127.0.0.1', 8125, 2, '02001fbd7f0000010000000000000000'],
    ['0.0.0.0', 0, 2, '02000000000000000000000000000000'],
    ['::1', 8125, 10, `0a001fbd00000000${'00'.repeat(15)}0100000000`],
    ['::', 1, 10, `0a00000100000000${'00'.repeat(16)}00000000`],
    ['fe80::1%eth0', 1, 10, `0a00000100000000fe80${'00'.repeat(13)}0100000000`],
    ['2001:db8:1:2:3:4:5:6', 1, 10, '0a0000010000000020010db800010002000300040005000600000000'],
    ['::ffff:10.1.2.3', 1, 10, '0a0000010000000000000000000000000000ffff0a01020300000000'],
    ['1::', 1, 10, `0a000001000000000001${'00'.repeat(14)}00000000`],
  ])('%s port %i', (host, port, family, expected) => {
    const address = encodeAddress(host, port);
    expect(address.family).toBe(family);
    expect(hex(address.bytes)).toBe(expected);
    expect(portOf(address.bytes)).toBe(port);
  });

  it.each([
    ['02001fbd7f0000010000000000000000', '127.0.0.1'],
    [`0a001fbd00000000${'00'.repeat(15)}0100000000`, '::1'],
    ['0a0000010000000020010db800010002000300040005000600000000', '2001:db8:1:2:3:4:5:6'],
    ['0a0000010000000020010db800000000000000000000000600000000', '2001:db8::6'],
    ['0a0000010000000000000000000000000000ffff0a01020300000000', '10.1.2.3'],
  ])('%s is of %s', (bytes, host) => {
    expect(hostOf(Uint8Array.from(Buffer.from(bytes, 'hex')))).toBe(host);
  });

  it.each([
    ['/run/a', '01002f72756e2f6100'],
    ['@ab', '0100006162'],
  ])('%s', (path, expected) => {
    expect(hex(encodePath(path))).toBe(expected);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::', '::'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ])('of %s are read as %s', (host, shown) => {
    const { bytes } = encodeAddress(host, 8125);
    expect(decodeAddress(bytes, bytes.length, 'udp')).toEqual({ transport: 'udp', host: shown, port: 8125 });
  });

  it.each(['/run/a', '@ab'])('of %s are read as that', (path) => {
    const bytes = new Uint8Array(110);
    const encoded = encodePath(path);
    bytes.set(encoded);
    expect(decodeAddress(bytes, encoded.length, 'tcp')).toEqual({ transport: 'unix', path });
  });

  it('that say nothing are none', () => {
    expect(decodeAddress(Uint8Array.of(1, 0, 0, 0), 2, 'tcp')).toBeUndefined();
    expect(decodeAddress(Uint8Array.of(16, 0, 0, 0), 4, 'tcp')).toBeUndefined();
  });
});
