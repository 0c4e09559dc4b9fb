import { afterEach, expect, it } from 'vitest';
import { send } from '../../../helper/http-client.ts';
import { found } from '../log-frames.ts';
import { createDrains } from '../serve.ts';

const drains = createDrains();
afterEach(drains.stop);

const headers = { 'content-type': 'application/x-www-form-urlencoded' };

/** The fields of a LogRecord in their order, as `HTTPHandler` of Python 3.11 posts them. */
const record = (msg: string, args: string) =>
  `name=shop.cart&msg=${msg}&args=${args}&levelname=INFO&levelno=20&pathname=%2Fsrv%2Fapp.py&filename=app.py&module=app&exc_info=None&exc_text=None&stack_info=None&lineno=7&funcName=%3Cmodule%3E&created=1714557601.12&msecs=120.0&relativeCreated=5.1&thread=1&threadName=MainThread&processName=MainProcess&process=4711`;

it.each<[body: string, expected: readonly string[]]>([
  [record('count%23cart.add%3D2+source%3Deu', '%28%29'), ['counter cart.add 2 source:eu']],
  [
    record('count%23cart.add%3D%25d+measure%23t%3D%25.1fms', '%282%2C+12.34%29'),
    ['counter cart.add 2', 'timer t 12.3'],
  ],
  ['message=count%23a%3D1&app=shop&host=web-1', ['counter a 1 source:web-1,app:shop']],
  ['__proto__=x&msg=count%23a', ['counter a 1']],
])('reads the line of a form, at its own path and at /logs: %s', async (body, expected) => {
  for (const path of ['/drain/form', '/logs']) {
    const { intake, url } = await drains.start();
    expect((await send(url(path), body, { headers })).status).toBe(200);
    expect(found(intake)).toEqual(expected);
  }
});

it.each(['count#a=1', 'at=info count#a', 'at=info\ncount#a'])(
  'leaves lines that are no form to others: %j',
  async (body) => {
    const { intake, url } = await drains.start();
    expect((await send(url('/logs'), body, { headers })).status).toBe(204);
    expect(found(intake)).toEqual(['counter a 1']);
  },
);
