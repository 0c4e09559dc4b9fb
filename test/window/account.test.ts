import { expect, it } from 'vitest';
import { mergeAccounts } from '../../src/window/account.ts';
import { openShard } from '../helper/shard.ts';

it('adds up what every front-end of every shard received, and leaves out what did not happen', () => {
  const first = openShard({ events: 0 }, 0);
  const second = openShard({}, 1);
  const other = first.shard.intake('other', 'dogstatsd');
  first.intake.lines(Buffer.from('a:1|c\nbad\n_e{1,1}:a|b'));
  first.intake.discard('overload', 4);
  other.lines(Buffer.from('a:+1|g\nbad\nbad\na:1|x'));
  second.intake.lines(Buffer.from('a:1|c\na:1|c'));
  second.intake.discard('truncated', 2);
  second.intake.kernelDropped(100);
  second.intake.count('own', 7);
  const account = mergeAccounts([first.shard.handOver(1, false), second.shard.handOver(1, false)]);
  expect(account).toEqual({
    received: 15,
    aggregated: 4,
    rejected: new Map([
      ['no_value', 3],
      ['unknown_type', 1],
      ['truncated', 2],
    ]),
    dropped: new Map([
      ['overload', 4],
      ['events', 1],
    ]),
    examples: [
      {
        frontend: 'test',
        reason: 'no_value',
        line: 'bad',
        advice: 'a line is name:value|type, such as page.views:1|c',
      },
      {
        frontend: 'other',
        reason: 'no_value',
        line: 'bad',
        advice: 'a line is name:value|type, such as page.views:1|c',
      },
      {
        frontend: 'other',
        reason: 'no_value',
        line: 'bad',
        advice: 'a line is name:value|type, such as page.views:1|c',
      },
      { frontend: 'other', reason: 'unknown_type', line: 'a:1|x', advice: 'the type must be c, m, g, ms, h, d or s' },
    ],
  });
});

it('of nothing is empty', () => {
  const empty = { received: 0, aggregated: 0, rejected: new Map(), dropped: new Map(), examples: [] };
  expect(mergeAccounts([])).toEqual(empty);
  expect(mergeAccounts([openShard().shard.handOver(1, false)])).toEqual(empty);
});

it('keeps eight examples of each reason, cut to 200 bytes, with the sender where it is known', () => {
  const { shard, intake } = openShard();
  for (let number = 0; number < 20; number++) intake.lines(Buffer.from(`bad${number}`));
  intake.lines(Buffer.from('a:x|c'), 0, 5, { address: '10.0.0.1', port: 5000, family: 'IPv4' });
  intake.stream({ address: '::1', port: 6000, family: 'IPv6' }).push(Buffer.from(`a:${'é'.repeat(150)}|c\n`));
  intake.sample('gauge', 'g', Number.NaN, 'k:v');
  const { examples } = mergeAccounts([shard.handOver(1, false)]);
  const of = (reason: string) => examples.filter((one) => one.reason === reason);
  expect(of('no_value').map(({ line }) => line)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((number) => `bad${number}`));
  expect(of('bad_value').map(({ line, from }) => [line, from])).toEqual([
    ['a:x|c', '10.0.0.1:5000'],
    [`a:${'é'.repeat(99)}…`, '[::1]:6000'],
    ['g:NaN|gauge|#k:v', undefined],
  ]);
});
