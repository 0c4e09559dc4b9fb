import { expect, it } from 'vitest';
import { createDrains } from '../../../../frontends/http/transport/drains.ts';

const START = Date.UTC(2024, 4, 1, 10);
const shop = { name: 'user shop', app: 'shop' };
const owner = { name: 'user owner' };

function make() {
  const clock = { now: START };
  const drains = createDrains(() => clock.now);
  return {
    clock,
    drains,
    report: (client: Parameters<typeof drains.listFor>[0]) => JSON.parse(drains.listFor(client)),
  };
}

it('lists drains by credential, and by token or app within it, the latest first', () => {
  const { clock, drains, report } = make();
  const first = drains.of(owner, 'd.fc6b856b-3332-4546-93de-7d0ee272c3bd', 'shop');
  expect(drains.of(owner, 'd.fc6b856b-3332-4546-93de-7d0ee272c3bd', 'shop')).toBe(first);
  Object.assign(first, {
    sender: 'logplex',
    requests: 2,
    bytes: 705,
    lines: 4,
    metrics: 9,
    duplicates: 1,
    lostLines: 37,
  });
  clock.now += 1500;
  drains.of(owner, undefined, 'blog').requests = 1;
  expect(report(owner)).toEqual({
    since: '2024-05-01T10:00:00.000Z',
    drains: [
      {
        client: 'user owner',
        app: 'blog',
        last: '2024-05-01T10:00:01.500Z',
        requests: 1,
        bytes: 0,
        lines: 0,
        metrics: 0,
        duplicates: 0,
        lostLines: 0,
        refusals: {},
      },
      {
        client: 'user owner',
        drain: 'd.fc6b856b…',
        app: 'shop',
        sender: 'logplex',
        last: '2024-05-01T10:00:00.000Z',
        requests: 2,
        bytes: 705,
        lines: 4,
        metrics: 9,
        duplicates: 1,
        lostLines: 37,
        refusals: {},
      },
    ],
    unknown: [],
  });
});

it('counts refusals by status with the last sentence: of whom it is known, and else by address', () => {
  const { clock, drains, report } = make();
  const drain = drains.of(shop, 'd.1', 'shop');
  drains.refused(drain, '192.0.2.1', 413, 'The body is longer than 8 bytes.');
  drains.refused(drain, '192.0.2.1', 413, 'The body is longer than 8 bytes.');
  clock.now += 1;
  drains.refused(drain, '192.0.2.1', 400, 'The body is broken or incomplete.');
  drains.refused(undefined, '192.0.2.9', 401, 'Who are you?');
  const { drains: known, unknown } = report(owner);
  expect(known).toEqual([
    expect.objectContaining({
      refusals: { 400: 1, 413: 2 },
      lastError: 'The body is broken or incomplete.',
      last: '2024-05-01T10:00:00.001Z',
      requests: 0,
    }),
  ]);
  expect(unknown).toEqual([
    { remote: '192.0.2.9', last: '2024-05-01T10:00:00.001Z', refusals: { 401: 1 }, lastError: 'Who are you?' },
  ]);
});

it.each([shop, { name: 'user shop', prefixes: ['shop.'] }])('shows a client of narrow rights its own: %o', (client) => {
  const { drains, report } = make();
  drains.of(owner, 'd.2', undefined);
  drains.of(client, 'd.1', 'shop');
  drains.refused(undefined, '192.0.2.9', 401, 'Who are you?');
  expect(report(client).drains.map(({ client: name }: { client: string }) => name)).toEqual(['user shop']);
  expect(report(client).unknown).toEqual([]);
  expect(report(owner).drains).toHaveLength(2);
});

it('forgets the idlest drain of a client, and the idlest stranger, when there are too many', () => {
  const { clock, drains, report } = make();
  drains.of(shop, 'of another client', undefined);
  for (let index = 0; index < 500; index++) {
    clock.now++;
    drains.of(owner, `d.${index}`, undefined);
    drains.refused(undefined, `192.0.2.${index}`, 401, 'Who?');
    drains.of(owner, 'd.0', undefined).lastMs = clock.now;
  }
  const { drains: known, unknown } = report(owner);
  const tokens = known.map(({ drain }: { drain: string }) => drain);
  expect(tokens).toHaveLength(201);
  expect(tokens).toEqual(expect.arrayContaining(['d.0', 'd.499', 'of another…']));
  expect(tokens).not.toContain('d.1');
  expect(unknown).toHaveLength(200);
  expect(unknown[0].remote).toBe('192.0.2.499');
});

it('keeps no token of any length', () => {
  const { drains, report } = make();
  drains.of(owner, 'x'.repeat(10_000), undefined).requests = 1;
  expect(report(owner).drains).toEqual([]);
});
