import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FromDispatch } from '../../src/dispatch/messages.ts';
import { createSeenServer } from '../../src/dispatch/server-view.ts';
import type { FrontendAccount } from '../../src/partial/partial.ts';
import { ACCOUNT_SLOTS, RECEIVED } from '../../src/protocol/reasons.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function account(frontend: string, received: number, examples: FrontendAccount['examples'] = []): FrontendAccount {
  const slots = new Float64Array(ACCOUNT_SLOTS);
  slots[RECEIVED] = received;
  return { frontend, slots, counts: new Map(), examples };
}

function open(shards: readonly number[] = [0, 1]) {
  const asked: FromDispatch[] = [];
  let accepting = true;
  const seen = createSeenServer({
    shards: () => shards,
    ask: (message) => asked.push(message),
    backends: () => [],
    accepting: () => accepting,
  });
  seen.configured(10_000, 1_700_000_000_000, '/etc/config.json');
  seen.setFrontends([
    { name: 'udp', type: 'udp', addresses: ['udp://127.0.0.1:8125'], receiving: true },
    { name: 'tcp', type: 'tcp', addresses: [], receiving: true },
  ]);
  return {
    seen,
    asked,
    stop: () => {
      accepting = false;
    },
  };
}

it('tells the account up to now: what was handed over, and what shards tell', async () => {
  const { seen, asked } = open();
  seen.handedOver(0, [account('udp', 10)]);
  const first = seen.view.accounts();
  expect(asked).toEqual([{ kind: 'tellAccounts' }]);
  seen.told({ kind: 'account', shard: 0, accounts: [account('udp', 5), account('tcp', 1)] });
  const example = { reason: 'no_value', line: 'x', from: '127.0.0.1:1' } as const;
  seen.told({ kind: 'account', shard: 1, accounts: [account('udp', 100, [example])] });
  expect((await first).map(({ name, counts }) => [name, counts.received])).toEqual([
    ['udp', 115],
    ['tcp', 1],
  ]);
  expect((await first)[0]?.examples).toEqual([
    { frontend: 'udp', ...example, advice: 'a line is name:value|type, such as page.views:1|c' },
  ]);
  // What a shard hands over is what it told before, and more.
  seen.handedOver(1, [account('udp', 101)]);
  const second = seen.view.accounts();
  seen.told({ kind: 'account', shard: 0, accounts: [account('udp', 6), account('tcp', 1)] });
  seen.told({ kind: 'account', shard: 1, accounts: [account('udp', 0)] });
  expect((await second)[0]?.counts.received).toBe(117);
  expect(seen.view.status().frontends[0]?.counts.received).toBe(111);
});

it('gives what it knows where a shard does not answer, and asks as often as it likes', async () => {
  const { seen, asked } = open([0]);
  for (let round = 0; round < 600; round++) {
    const accounts = seen.view.accounts();
    if (round === 0) await vi.advanceTimersByTimeAsync(500);
    else seen.told({ kind: 'account', shard: 0, accounts: [account('udp', round)] });
    expect((await accounts)[0]?.counts.received).toBe(round);
  }
  expect(asked.length).toBe(600);
});

it('says whether the server is ready', () => {
  const { seen, stop } = open();
  expect(seen.view.status()).toMatchObject({
    ready: true,
    intervalMs: 10_000,
    startedMs: 1_700_000_000_000,
    configFile: '/etc/config.json',
    pid: process.pid,
  });
  seen.setFrontends([{ name: 'udp', type: 'udp', addresses: [], receiving: false }]);
  expect(seen.view.status().ready).toBe(false);
  seen.setFrontends([]);
  stop();
  expect(seen.view.status().ready).toBe(false);
});

it('has lines explained by the main thread', async () => {
  const { seen, asked } = open();
  const [one, two] = [seen.view.explain('a:1|c'), seen.view.explain('b')];
  expect(asked).toEqual([
    { kind: 'explain', id: 1, line: 'a:1|c' },
    { kind: 'explain', id: 2, line: 'b' },
  ]);
  seen.explained(2, { ok: false, failure: 'no such back-end' });
  seen.explained(1, { ok: true, explanations: [{ line: 'a:1|c' }] });
  expect(await one).toEqual([{ line: 'a:1|c' }]);
  await expect(two).rejects.toThrow('no such back-end');
  const late = expect(seen.view.explain('c')).rejects.toThrow('the main thread did not explain the line within 5 s');
  await vi.advanceTimersByTimeAsync(5000);
  await late;
});
