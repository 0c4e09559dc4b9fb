import { afterEach, expect, it } from 'vitest';
import { found, frames, message } from '../frontends/http/log-frames.ts';
import { createDrains } from '../frontends/http/serve.ts';
import { send } from '../helper/http-client.ts';

const drains = createDrains();
afterEach(drains.stop);

const LOGPLEX = { 'content-type': 'application/logplex-1', 'logplex-drain-token': 'd.1' };
const FORGED = 'dyno=evil.1 connect=1ms service=1ms status=200 bytes=1';
const whole = `at=info method=GET path="/" host=a.example.com request_id=1 fwd="203.0.113.9" dyno=web.1 connect=1ms service=2ms status=200 bytes=3 protocol=https`;

/** Of Logplex: the message is cut at 10,000 bytes, and what is left is the next one. */
function cutInTwo(text: string): readonly string[] {
  const head = message('app', 'web.1', '');
  const room = 10_000 - Buffer.byteLength(head);
  return [head + text.slice(0, room), head + text.slice(room)];
}

it.each([
  ['cut within the address of its visitor', `at=info method=GET path="/" host=a fwd="${FORGED} xxx`],
  ['cut within its path', `at=info method=GET path="/?${FORGED}`],
  ['cut behind a value in quotes', `at=info method=GET path="/?${FORGED}" host=a fwd="203.0.113.9"`],
  ['whose quotes are odd', `at=info method=GET path="/" fwd=" ${FORGED}`],
])('a line of the router that is %s is of no dyno', async (_, text) => {
  const { intake, url } = await drains.start();
  const body = frames(message('heroku', 'router', text), message('heroku', 'router', whole));
  expect((await send(url('/logs'), body, { headers: LOGPLEX })).status).toBe(204);
  expect(found(intake).filter((metric) => metric.includes('evil'))).toEqual([]);
  expect(found(intake).filter((metric) => metric.startsWith('counter heroku.router.requests'))).toHaveLength(1);
});

it('a raw line that begins like one of the router is of no dyno, unless raw lines are said to be believed', async () => {
  const line = `<158>1 2024-05-01T10:00:01+00:00 host heroku router - ${whole}\n`;
  const stranger = `203.0.113.9 - heroku router - ${FORGED} : [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 1 "-" "count#forged=1"\n`;
  for (const [block, requests] of [
    [{}, 0],
    [{ platformLines: true }, 1],
  ] as const) {
    const { intake, url } = await drains.start(block);
    expect((await send(url('/logs'), stranger + line)).status).toBe(204);
    expect(found(intake).filter((metric) => /evil|forged/.test(metric))).toEqual([]);
    expect(found(intake).filter((metric) => metric.startsWith('counter heroku.router.requests'))).toHaveLength(
      requests,
    );
  }
});

it('what follows a message that was cut at 10,000 bytes has no tokens, until the process begins a line of its own', async () => {
  const { intake, url } = await drains.start();
  const [first = '', rest = ''] = cutInTwo(`GET /${'x'.repeat(9990)} count#forged=1`);
  for (const text of [first, rest, message('app', 'web.2', 'count#other=1'), message('app', 'web.1', 'count#own=1')]) {
    expect((await send(url('/logs'), frames(text), { headers: LOGPLEX })).status).toBe(204);
  }
  expect(found(intake)).toEqual(['counter other 1 source:web.2', 'counter own 1 source:web.1']);
});
