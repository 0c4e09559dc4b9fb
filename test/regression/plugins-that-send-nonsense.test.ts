import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const plugin = `
  const payload = ({ endMs }, more) => ({ lanes: ['a'], bytes: new Uint8Array(5), names: ['x'], createdMs: endMs, ...more });
  const rejects = (error) => ({ deliver: () => Promise.reject(error) });
  const withSmaller = (smaller) => rejects(Object.assign(new Error('413'), { smaller }));
  const encodes = (more) => ({ async *encode(window) { yield payload(window, more); } });
  const kinds = {
    bytes: encodes({ bytes: undefined }),
    lanes: encodes({ lanes: [] }),
    lane: encodes({ lanes: ['b'] }),
    endless: { async *encode(window) { for (;;) yield payload(window); } },
    throws: { async *encode(window) { yield payload(window); throw new TypeError('in the middle'); } },
    hangs: { deliver: () => new Promise(() => undefined) },
    wait: rejects(Object.assign(new Error('soon'), { retryAfterMs: 'soon' })),
    same: { deliver: (one) => Promise.reject(Object.assign(new Error('413'), { smaller: [one] })) },
    none: withSmaller([]),
    text: withSmaller('abc'),
    garbage: withSmaller([{}]),
    bare: rejects(Object.create(null)),
    trap: rejects({ get permanent() { throw new Error('a trap'); } }),
  };
  export default {
    kind: 'backend',
    name: 'nonsense',
    create: ({ what }) => ({ lanes: ['a'], ...encodes({}), deliver: async () => undefined, ...kinds[what] }),
  };`;

/** What each does, and why its windows are lost; undefined: they count as sent. */
const kinds = {
  bytes: 'refused',
  lanes: 'refused',
  lane: 'refused',
  endless: 'queue_full',
  throws: undefined,
  hangs: 'queue_full',
  wait: 'queue_full',
  same: 'refused',
  none: undefined,
  text: 'refused',
  garbage: 'refused',
  bare: 'queue_full',
  trap: 'queue_full',
};

test('back-ends that send nonsense cost their own windows, each counted, and nothing else', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'nonsense.mjs'), plugin);
  const nonsense = Object.keys(kinds).map((what) => ({ use: './nonsense.mjs', name: what, what }));
  const common = {
    flushInterval: '250ms',
    queue: { windows: 3 },
    retry: { min: '20ms', max: '100ms', timeout: '200ms' },
    shutdownTimeout: '500ms',
    selfMetrics: true,
    frontends: [{ type: 'tcp', port: 0 }],
  };
  const server = await startServer({ ...common, backends: [jsonConsole, ...nonsense] }, { folder });
  await sendStream(server.port('tcp'), 'a:1|c\nb:2|c\n');
  const done = (what: string, reason: string | undefined) =>
    reason === undefined
      ? server.total('statsdrain.backend.sends', `backend:${what}`)
      : server.total('statsdrain.backend.lost_windows', `backend:${what}`, `reason:${reason}`);
  await server.until('what becomes of the windows of each', () =>
    Object.entries(kinds).every(([what, reason]) => done(what, reason) >= 3),
  );
  const windows = server.windows.length;
  await server.until('more windows', () => server.windows.length >= windows + 4);
  expect(await server.stop()).toBe(0);

  expect(server.total('statsdrain.backend.lost_items', 'backend:throws', 'reason:refused')).toBeGreaterThan(0);
  expect(server.total('statsdrain.lane.given_up', 'backend:lane', 'reason:no_lane')).toBeGreaterThan(3);
  const last = new Map(server.entries.map((entry) => [`${entry.name} ${entry.tags?.join()}`, entry.value]));
  for (const what of ['bytes', 'lanes', 'lane', 'throws', 'same', 'none', 'text', 'garbage']) {
    expect([what, last.get(`statsdrain.queue.windows backend:${what}`)]).toEqual([what, 0]);
  }
  const told = (what: string) =>
    server.log.filter(({ backend, msg }) => backend === what && msg !== 'delivering again');
  expect(told('bytes').map(({ msg }) => msg)).toEqual([expect.stringMatching(/"bytes" must be a Uint8Array/)]);
  expect(told('lane').map(({ msg }) => msg)).toEqual([expect.stringMatching(/a lane that is not among its "lanes"/)]);
  expect(told('same')[0]!.msg).toMatch(/neither fewer items nor fewer bytes/);
  expect(told('throws')[0]!.msg).toMatch(/in the middle \(.*nonsense\.mjs:\d+:\d+\)/);
}, 60_000);
