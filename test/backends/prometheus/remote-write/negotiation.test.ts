import { expect, it } from 'vitest';
import { createNegotiation } from '../../../../backends/prometheus/remote-write/negotiation.ts';
import type { Asked } from '../../../../backends/prometheus/remote-write/receiver.ts';
import { recordingContext } from '../../../helper/window.ts';

const signal = new AbortController().signal;

function asking(...answers: Asked['takes'][]) {
  let times = 0;
  const ask = async () => ({ takes: answers[times++], text: '' });
  return { ask, times: () => times };
}

it.each([
  ['1', 1],
  ['2', 2],
  ['auto', 1],
] as const)('begins with "%s" at version %i', (protocol, version) => {
  expect(createNegotiation(protocol, asking(), recordingContext().log).version).toBe(version);
});

it.each<[title: string, answers: Asked['takes'][], version: number, asked: number]>([
  ['goes on with version 2 where the receiver takes it', [true], 2, 1],
  ['stays with version 1 where it does not', [false], 1, 1],
  ['asks again where it did not say', [undefined, undefined, true], 2, 3],
])('%s', async (_, answers, version, questions) => {
  const receiver = asking(...answers);
  const negotiation = createNegotiation('auto', receiver, recordingContext().log);
  for (let time = 0; time < 5; time++) await negotiation.settle(signal);
  expect([negotiation.version, receiver.times()]).toEqual([version, questions]);
});

it('asks once where several deliveries want to know', async () => {
  const receiver = asking(true);
  const { settle } = createNegotiation('auto', receiver, recordingContext().log);
  await Promise.all([settle(signal), settle(signal), settle(signal)]);
  expect(receiver.times()).toBe(1);
});

it('asks nothing where the version is configured', async () => {
  for (const protocol of ['1', '2'] as const) {
    const receiver = asking(true);
    await createNegotiation(protocol, receiver, recordingContext().log).settle(signal);
    expect(receiver.times()).toBe(0);
  }
});

it('goes back to version 1 for good, and tells it once', async () => {
  const { log, logged } = recordingContext();
  const negotiation = createNegotiation('2', asking(true), log);
  negotiation.refused('POST http://x: 415');
  negotiation.refused('POST http://x: 415');
  await negotiation.settle(signal);
  expect(negotiation.version).toBe(1);
  expect(logged).toMatchObject([{ level: 'warn', message: expect.stringContaining('POST http://x: 415') }]);
});
