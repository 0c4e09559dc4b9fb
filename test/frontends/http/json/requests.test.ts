import { expect, it } from 'vitest';
import { createRequests, type RequestTable } from '../../../../frontends/http/json/requests.ts';
import type { JsonObject } from '../../../../frontends/http/records/record.ts';
import { recordIntake } from '../../../helper/intake.ts';
import { found } from '../log-frames.ts';

const TABLE: RequestTable = {
  name: 'edge.requests',
  method: ['m'],
  status: [['s'], ['deep', 's']],
  id: ['id'],
  timers: [{ name: 'edge.time', path: ['t'] }],
};

const POST = { repeated: false, client: { name: 'anonymous' }, app: undefined };

it.each<[record: JsonObject, app: string | undefined, expected: readonly string[]]>([
  [{ m: 'get', s: 200 }, undefined, ['counter edge.requests 1 method:GET,status:200,status_class:2xx']],
  [{ m: 'GET', s: '404' }, 'shop', ['counter edge.requests 1 method:GET,status:404,status_class:4xx,app:shop']],
  [{ m: 'EVIL|1', s: 299 }, undefined, ['counter edge.requests 1 method:other,status:other,status_class:2xx']],
  [{ m: 'GET', s: -1 }, undefined, ['counter edge.requests 1 method:GET,status:none,status_class:none']],
  [
    { m: 'GET', s: -1, deep: { s: 502 } },
    undefined,
    ['counter edge.requests 1 method:GET,status:502,status_class:5xx'],
  ],
  [{ s: 200.5 }, undefined, ['counter edge.requests 1 method:none,status:none,status_class:none']],
  [
    { m: 'GET', s: 200, t: 12 },
    'shop',
    ['counter edge.requests 1 method:GET,status:200,status_class:2xx,app:shop', 'timer edge.time 12 app:shop'],
  ],
  [{ m: 'GET', t: -1 }, undefined, ['counter edge.requests 1 method:GET,status:none,status_class:none']],
  [{ t: 12 }, undefined, []],
  [{}, undefined, []],
])('counts what a record says of a request: %j', (record, app, expected) => {
  const intake = recordIntake();
  createRequests(intake, TABLE)(record, { ...POST, app });
  expect(found(intake)).toEqual(expected);
});

it('counts a request once, however many records it has', () => {
  const intake = recordIntake();
  const take = createRequests(intake, TABLE);
  for (const id of ['a', 'a', 'b', 'a']) take({ m: 'GET', s: 200, id }, POST);
  expect(intake.samples).toHaveLength(2);
});

it('counts nothing of a body that comes again, nor for who may not write the name', () => {
  const intake = recordIntake();
  const take = createRequests(intake, TABLE);
  take({ m: 'GET' }, { ...POST, repeated: true });
  take({ m: 'GET' }, { ...POST, client: { name: 'user a', prefixes: ['shop.', 'edges'] } });
  expect(found(intake)).toEqual([]);
  take({ m: 'GET' }, { ...POST, client: { name: 'user a', prefixes: ['shop.', 'edge.'] } }, 'web');
  expect(found(intake)).toEqual(['counter edge.requests 1 method:GET,status:none,status_class:none,app:web']);
});
