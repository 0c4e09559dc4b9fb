import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { answerText } from '../../src/commands/answer-text.ts';
import { fakeLive } from '../helper/fake-live.ts';

async function answerOf(write: (response: ServerResponse) => void): Promise<IncomingMessage> {
  const { url } = await fakeLive({ '/': write });
  const asked = get(url, { agent: false }).on('error', () => undefined);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return answer;
}

it('is the whole of an answer', async () => {
  expect(await answerText(await answerOf((response) => response.end('müde')))).toBe('müde');
});

it('is none where an answer does not come to its end', async () => {
  const answer = await answerOf((response) => response.write('{'));
  await expect(answerText(answer, 50)).rejects.toThrow('no whole answer within 0.05 s');
});
