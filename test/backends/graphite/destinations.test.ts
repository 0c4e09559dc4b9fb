import { describe, expect, it, onTestFinished } from 'vitest';
import { lanesOf } from '../../../backends/graphite/destinations.ts';
import graphite from '../../../backends/graphite/index.ts';
import { kit } from '../../../src/config/kit.ts';
import { FakeCarbon } from '../../helper/fake-carbon.ts';

const schema = graphite.config!(kit);
const faultsOf = (block: object) =>
  schema.safeParse(block).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
const hosts = (...names: string[]) => names.map((host) => ({ host }));
const instances = (...names: string[]) =>
  names.map((host, index) => ({ host, port: 2003 + index, instance: `${index}` }));

describe('destinations', () => {
  it('have the port of the protocol', () => {
    const destinations = [{ host: 'a' }, { host: 'b', port: 1 }];
    const ports = (protocol: string) => schema.parse({ protocol, destinations }).destinations?.map(({ port }) => port);
    expect(ports('text')).toEqual([2003, 1]);
    expect(ports('pickle')).toEqual([2004, 1]);
  });

  it.each<[string, object, RegExp[]]>([
    ['none', { destinations: [] }, [/^destinations must have at least one/]],
    ['a host beside them', { host: 'a', destinations: hosts('b') }, [/^host has no meaning with "destinations"/]],
    ['a port beside them', { port: 1, destinations: hosts('b') }, [/^port has no meaning with "destinations"/]],
    [
      'one twice',
      { destinations: hosts('a', 'b', 'a') },
      [/^destinations\.2\.port is that of "destinations\[0\]" too/],
    ],
    [
      'one twice by its default',
      { destinations: [{ host: 'a' }, { host: 'a', port: 2003 }] },
      [/^destinations\.1\.port /],
    ],
    ['a port of 0', { destinations: [{ host: 'a', port: 0 }] }, [/^destinations\.0\.port cannot be connected to/]],
    [
      'instances without hashing',
      { destinations: [{ host: 'a', instance: 'x' }] },
      [/\.instance has no meaning without "hashing"/],
    ],
    [
      'an instance that is no word',
      { destinations: [{ host: 'a', instance: "x')" }, { host: 'b' }], hashing: 'carbon_ch' },
      [/\.instance must be of letters/],
    ],
    ['hashing without destinations', { hashing: 'carbon_ch' }, [/^destinations must be at least two for "hashing"/]],
    ['hashing of one', { hashing: 'fnv1a_ch', destinations: hosts('a') }, [/^destinations must be at least two/]],
    ['another hashing', { hashing: 'mmh3_ch', destinations: hosts('a', 'b') }, [/^hashing /]],
    [
      'nodes that carbon_ch cannot tell apart',
      { hashing: 'carbon_ch', destinations: [{ host: 'a' }, { host: 'a', port: 2103 }] },
      [
        /^destinations\.1\.instance must differ: "carbon_ch" tells nodes by host and instance, and "destinations\[0\]" has/,
      ],
    ],
    [
      'nodes that fnv1a_ch cannot tell apart',
      {
        hashing: 'fnv1a_ch',
        destinations: [
          { host: 'a', instance: 'x' },
          { host: 'b', instance: 'x' },
        ],
      },
      [/^destinations\.1\.instance must differ: "fnv1a_ch" tells nodes by instance/],
    ],
    [
      'instances of some for jump_fnv1a_ch',
      { hashing: 'jump_fnv1a_ch', destinations: [{ host: 'a', instance: 'x' }, { host: 'b' }] },
      [/^destinations\.1\.instance is missing/],
    ],
    [
      'copies without hashing',
      { destinations: hosts('a', 'b'), replication: 2 },
      [/^replication has no meaning without "hashing": every destination gets everything/],
    ],
    ['no copy at all', { destinations: hosts('a', 'b'), hashing: 'carbon_ch', replication: 0 }, [/^replication /]],
    [
      'more copies than destinations',
      { destinations: hosts('a', 'b'), hashing: 'jump_fnv1a_ch', replication: 3 },
      [/^replication must be at most 2, as many as there are destinations/],
    ],
    [
      'more copies than hosts',
      { destinations: instances('a', 'a', 'b'), hashing: 'carbon_ch', replication: 3 },
      [/^replication must be at most 2, as many as the destinations have hosts; or set "diverseReplicas": false/],
    ],
    [
      'diverse copies that are none',
      { destinations: hosts('a', 'b'), hashing: 'carbon_ch', diverseReplicas: true },
      [/^diverseReplicas has no meaning without "replication": 2 or more/],
    ],
    [
      'diverse copies as carbon-c-relay never has them',
      { destinations: hosts('a', 'b'), hashing: 'jump_fnv1a_ch', replication: 2, diverseReplicas: true },
      [/^diverseReplicas has no meaning with "jump_fnv1a_ch" here, .*; remove it$/],
    ],
    [
      'diverse copies by a hash that without instances is of carbon-c-relay',
      { destinations: hosts('a', 'b'), hashing: 'fnv1a_ch', replication: 2, diverseReplicas: true },
      [
        /^diverseReplicas has no meaning with "fnv1a_ch" here, .*; give an "instance" to each destination, or remove it$/,
      ],
    ],
    [
      'copies for one destination',
      { destinations: hosts('a'), hashing: 'carbon_ch', replication: 2 },
      [/^destinations must be at least two for "hashing"/],
    ],
  ])('refuses %s', (_, block, messages) => {
    expect(faultsOf(block)).toEqual(messages.map((message) => expect.stringMatching(message)));
  });

  it.each([
    { destinations: hosts('a') },
    { destinations: hosts('a', 'b'), hashing: 'carbon_ch' },
    {
      destinations: [
        { host: 'a', instance: 'x' },
        { host: 'a', port: 1, instance: 'y' },
      ],
      hashing: 'carbon_ch',
    },
    { destinations: [{ host: 'a' }, { host: 'a', port: 1 }], hashing: 'fnv1a_ch' },
    { destinations: [{ host: 'a' }, { host: 'a', port: 1 }], hashing: 'jump_fnv1a_ch', statsd: {} },
    { destinations: hosts('a', 'b'), hashing: 'carbon_ch', replication: 2 },
    { destinations: instances('a', 'a'), hashing: 'carbon_ch', replication: 2, diverseReplicas: false },
    { destinations: [{ host: 'a' }, { host: 'a', port: 1 }], hashing: 'fnv1a_ch', replication: 2 },
    { destinations: instances('a', 'a'), hashing: 'jump_fnv1a_ch', replication: 2, diverseReplicas: false },
    { destinations: hosts('a', 'b'), replication: 1 },
  ])('takes %j', (block) => {
    expect(faultsOf(block)).toEqual([]);
  });

  it.each([
    ['carbon_ch', hosts('a', 'b'), true],
    ['fnv1a_ch', instances('a', 'b'), true],
    ['fnv1a_ch', hosts('a', 'b'), false],
    ['jump_fnv1a_ch', instances('a', 'b'), false],
  ] as const)('have copies on other hosts where carbon-relay has: %s of %j', (hashing, destinations, diverse) => {
    expect(schema.parse({ hashing, destinations, replication: 2 }).diverseReplicas).toBe(diverse);
  });

  it('have lanes of their own, the only one a lane that does not depend on where it is', () => {
    expect(lanesOf([{ host: 'a', port: 1 }])).toEqual(['carbon']);
    const nodes = [
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
    ];
    expect(lanesOf(nodes)).toEqual(['a:1', '[::1]:2']);
  });

  it.each([
    [{ destinations: hosts('a', '::1') }, 'tcp://a:2003, tcp://[::1]:2003 (text)'],
    [
      { destinations: hosts('a', 'b'), hashing: 'jump_fnv1a_ch', protocol: 'pickle' },
      'tcp://a:2004, tcp://b:2004 (pickle, jump_fnv1a_ch)',
    ],
    [
      { destinations: hosts('a', 'b'), hashing: 'carbon_ch', replication: 2 },
      'tcp://a:2003, tcp://b:2003 (text, carbon_ch, 2 copies)',
    ],
  ])('are described: %j', (block, text) => {
    expect(graphite.describe!(schema.parse(block))).toBe(text);
  });

  it('are probed, all of them', async () => {
    const carbons = [new FakeCarbon(), new FakeCarbon(), new FakeCarbon()];
    for (const carbon of carbons) {
      await carbon.up();
      onTestFinished(() => carbon.down());
    }
    const [a, b, c] = carbons.map(({ port }) => `tcp://127.0.0.1:${port}`);
    const destinations = carbons.map(({ port }) => ({ host: '127.0.0.1', port }));
    const probe = () => graphite.probe!(schema.parse({ destinations }), AbortSignal.timeout(10_000));
    expect(await probe()).toBe(`connected to ${a}, connected to ${b}, connected to ${c}`);
    await carbons[0]!.down();
    await carbons[2]!.down();
    await expect(probe()).rejects.toThrow(
      new RegExp(`^cannot connect to ${a}: .*ECONNREFUSED.*; cannot connect to ${c}: .*ECONNREFUSED`),
    );
  });
});
