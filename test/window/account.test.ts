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
  });
});

it('of nothing is empty', () => {
  const empty = { received: 0, aggregated: 0, rejected: new Map(), dropped: new Map() };
  expect(mergeAccounts([])).toEqual(empty);
  expect(mergeAccounts([openShard().shard.handOver(1, false)])).toEqual(empty);
});
