import { expect, onTestFinished, test } from 'vitest';
import type { Hashing } from '../../backends/graphite/hashing.ts';
import { pathAt, placements } from '../helper/carbon-placements.ts';
import { FakeCarbon } from '../helper/fake-carbon.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const common = {
  flushInterval: '200ms',
  selfMetrics: true,
  retry: { min: '50ms', max: '200ms' },
  frontends: [{ type: 'tcp', port: 0 }],
};

async function threeCarbons(protocol: 'text' | 'pickle' = 'text'): Promise<readonly FakeCarbon[]> {
  const carbons = [new FakeCarbon(protocol), new FakeCarbon(protocol), new FakeCarbon(protocol)];
  for (const carbon of carbons) {
    await carbon.up();
    onTestFinished(() => carbon.down());
  }
  return carbons;
}

const destinationsOf = (carbons: readonly FakeCarbon[], instances: readonly (string | undefined)[] = []) =>
  carbons.map(({ port }, index) => ({ host: '127.0.0.1', port, instance: instances[index] }));

/** The paths that arrived so far, read as they come: there may be many. */
function pathsAt({ lines }: FakeCarbon): () => ReadonlySet<string> {
  const paths = new Set<string>();
  let read = 0;
  return () => {
    for (; read < lines.length; read++) paths.add(lines[read]!.split(' ')[0]!);
    return paths;
  };
}

/** The sample that gives a path of the fixtures, where one gives it. */
function sampleOf(index: number): string | undefined {
  const [path, ...tags] = pathAt(index).split(';');
  const name = path!.replace(/^stats\.\w+\./, '');
  if (index % 3 === 1) return `${name}:1|g\n`;
  if (index % 6 !== 3) return undefined;
  return `${name.replace(/\.count$/, '')}:1|c|#${tags.map((tag) => tag.replace('=', ':')).join(',')}\n`;
}

test.each<[Hashing, 'text' | 'pickle']>([
  ['carbon_ch', 'text'],
  ['fnv1a_ch', 'pickle'],
  ['jump_fnv1a_ch', 'text'],
])('%s puts paths where the relay does, in %s', async (hashing, protocol) => {
  // No port counts in these: they are others each time.
  const { nodes, first } = placements.sets.find(
    (set) =>
      set.hashing === hashing && set.nodes.length === 3 && (hashing === 'jump_fnv1a_ch' || set.nodes[0]!.instance),
  )!;
  const carbons = await threeCarbons(protocol);
  const instances = nodes.map(({ instance }) => instance);
  const destinations = destinationsOf(carbons, instances);
  const graphite = { type: 'graphite', protocol, destinations, hashing };
  const server = await startServer({ ...common, backends: [jsonConsole, graphite] });

  const expected = carbons.map(() => [] as string[]);
  let samples = '';
  for (const [index, digit] of [...first].entries()) {
    const sample = sampleOf(index);
    if (sample === undefined) continue;
    samples += sample;
    expected[Number(digit)]!.push(pathAt(index));
  }
  await sendStream(server.port('tcp'), samples);
  const asked = new Set(expected.flat());
  const paths = carbons.map(pathsAt);
  const found = () => paths.map((at) => [...at()].filter((path) => asked.has(path)).sort());
  await server.until('all paths', () => found().flat().length >= asked.size);
  expect(asked.size).toBeGreaterThan(140);
  expect(found()).toEqual(expected.map((paths) => paths.sort()));
  expect(await server.stop()).toBe(0);
  const all = paths.flatMap((at) => [...at()]);
  expect(new Set(all).size).toBe(all.length);
});

test('with copies each path is at as many nodes, where the relay puts them', async () => {
  const { nodes, first, copies } = placements.copies.find((set) => set.hashing === 'carbon_ch' && !set.diverse)!;
  const carbons = await threeCarbons();
  const destinations = destinationsOf(
    carbons,
    nodes.map(({ instance }) => instance),
  );
  const graphite = {
    type: 'graphite',
    destinations,
    hashing: 'carbon_ch',
    replication: copies,
    diverseReplicas: false,
  };
  const server = await startServer({ ...common, backends: [jsonConsole, graphite] });
  const expected = carbons.map(() => [] as string[]);
  let samples = '';
  for (let index = 0; index * copies < first.length; index++) {
    const sample = sampleOf(index);
    if (sample === undefined) continue;
    samples += sample;
    for (const digit of first.slice(index * copies, (index + 1) * copies)) expected[Number(digit)]!.push(pathAt(index));
  }
  await sendStream(server.port('tcp'), samples);
  const asked = new Set(expected.flat());
  const paths = carbons.map(pathsAt);
  const found = () => paths.map((at) => [...at()].filter((path) => asked.has(path)).sort());
  await server.until('all paths', () => found().flat().length >= expected.flat().length);
  expect(expected.flat().length).toBeGreaterThan(280);
  expect(found()).toEqual(expected.map((one) => one.sort()));
  expect(await server.stop()).toBe(0);
});

test('without hashing every destination gets everything', async () => {
  const carbons = await threeCarbons();
  const graphite = { type: 'graphite', destinations: destinationsOf(carbons) };
  const server = await startServer({ ...common, backends: [jsonConsole, graphite] });
  const paths = carbons.map(pathsAt);
  for (let round = 0; round < 3; round++) {
    await sendStream(server.port('tcp'), `round.${round}:1|c\n`);
    const path = `stats.counters.round.${round}.count`;
    await server.until('the round', () => paths.every((at) => at().has(path)));
  }
  expect(await server.stop()).toBe(0);
  const [one, ...others] = carbons.map(({ lines }) => lines);
  expect(one!.length).toBeGreaterThan(9);
  for (const lines of others) expect(lines).toEqual(one);
});

test('one that is down and one that reads nothing delay the third by nothing, and get what waits when they are back', async () => {
  const [healthy, hung, down] = await threeCarbons();
  await down!.down();
  hung!.pause();
  const destinations = destinationsOf([healthy!, hung!, down!]);
  const lanes = destinations.map(({ port }) => `lane:127.0.0.1:${port}`);
  const graphite = { type: 'graphite', destinations };
  const server = await startServer({ ...common, backends: [jsonConsole, graphite] });

  // More than the buffers of the system between it and the hung one hold.
  const wide = Array.from({ length: 60_000 }, (_, index) => `wide.${index}.${'x'.repeat(100)}`);
  await sendStream(server.port('tcp'), wide.map((name) => `${name}:1|c\n`).join(''));
  const rounds = Array.from({ length: 5 }, (_, index) => `round.${index}`);
  const [atHealthy, atHung, atDown] = [pathsAt(healthy!), pathsAt(hung!), pathsAt(down!)];
  const pathOf = (name: string) => `stats.counters.${name}.count`;
  for (const name of rounds) {
    await sendStream(server.port('tcp'), `${name}:1|c\n`);
    await server.until(`${name} at the healthy one`, () => atHealthy().has(pathOf(name)));
  }
  const waiting = (lane: string) =>
    server.entries.some(
      ({ name, tags, value = 0 }) => name === 'statsdrain.lane.payloads' && tags?.includes(lane) && value >= 5,
    );
  await server.until('what waits for the others', () => waiting(lanes[1]!) && waiting(lanes[2]!));
  expect(rounds.filter((name) => atHung().has(pathOf(name)) || atDown().has(pathOf(name)))).toEqual([]);

  hung!.resume();
  await down!.up();
  const missing = (at: () => ReadonlySet<string>) => {
    const paths = at();
    return [...rounds, ...wide].filter((name) => !paths.has(pathOf(name))).length;
  };
  for (const at of [atHung, atDown]) await expect.poll(() => missing(at), { timeout: 20_000 }).toBe(0);
  expect(await server.stop()).toBe(0);
  expect(server.total('statsdrain.backend.lost_windows', 'backend:graphite')).toBe(0);
  expect(server.total('statsdrain.lane.given_up', 'backend:graphite')).toBe(0);
}, 60_000);

test('what waits for the only destination goes to its new address after a reload', async () => {
  const [gone, successor] = await threeCarbons();
  await gone!.down();
  const config = ({ port }: FakeCarbon) => ({ ...common, backends: [jsonConsole, { type: 'graphite', port }] });
  const server = await startServer(config(gone!));
  const rounds = Array.from({ length: 3 }, (_, index) => `round.${index}`);
  for (const name of rounds) {
    await sendStream(server.port('tcp'), `${name}:1|c\n`);
    await server.until('its window', () => server.entries.some((entry) => entry.name === name));
  }
  server.configure(config(successor!));
  server.signal('SIGHUP');
  const at = pathsAt(successor!);
  await server.until('all of them', () => rounds.every((name) => at().has(`stats.counters.${name}.count`)));
  expect(await server.stop()).toBe(0);
  expect(server.total('statsdrain.backend.lost_windows', 'backend:graphite')).toBe(0);
});
