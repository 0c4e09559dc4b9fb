import { expect, it } from 'vitest';
import { createLineAccount } from '../../src/aggregate/account.ts';

function open() {
  const account = createLineAccount('udp');
  const reject = (line: string, from?: { address: string; port: number }) => {
    account.from(from);
    account.rejected('bad_value', 1);
    const bytes = Buffer.from(line);
    account.example('bad_value', bytes, 0, bytes.length);
  };
  return { account, reject };
}

const sender = { address: '10.0.0.1', port: 7 };
const own = { address: '::1', port: 8 };

it('keeps eight examples of a reason, and rather those of which the sender is known', () => {
  const { account, reject } = open();
  for (let line = 0; line < 9; line++) reject(`unknown${line}`, line === 0 ? own : undefined);
  expect(account.peek().examples.map(({ line }) => line)).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((line) => `unknown${line}`),
  );
  for (let line = 0; line < 9; line++) reject(`known${line}`, sender);
  const from = account.swap().examples.map(({ line, from }) => `${line} ${from}`);
  expect(from).toEqual(['unknown0 [::1]:8', ...[0, 1, 2, 3, 4, 5, 6].map((line) => `known${line} 10.0.0.1:7`)]);
});

it('begins anew with each window', () => {
  const { account, reject } = open();
  for (let line = 0; line < 9; line++) reject('a');
  account.swap();
  for (let line = 0; line < 9; line++) reject('b', sender);
  reject('c', own);
  expect(account.peek().examples.map(({ from }) => from)).toEqual(new Array(8).fill('10.0.0.1:7'));
});
