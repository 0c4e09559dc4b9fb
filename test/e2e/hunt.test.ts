import { expect, it } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { send as ask } from '../helper/http-client.ts';
import { waitFor } from '../helper/intake.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';
import { keepSending, shell } from '../helper/terminal.ts';

/** Faults as they are met, each planted in one server: every one is found in one step, in a terminal and by what the page asks. */
it('five faults are found, each in one step', async () => {
  const [udp, small, live, dead] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const server = await startServer({
    flushInterval: '1s',
    frontends: [
      { type: 'udp', port: udp },
      { type: 'udp', name: 'small', port: small, receiveBuffer: '4KiB' },
    ],
    // The rule was meant for "debug.*" alone.
    mapping: { block: ['debug.*', 'orders.*'] },
    backends: [jsonConsole, { type: 'live', port: live }, { type: 'graphite', port: dead }],
    retry: { min: '100ms', max: '200ms' },
  });
  const run = (...args: string[]) => shell(args, server.folder);
  const api = async (path: string) =>
    JSON.parse((await ask(`http://127.0.0.1:${live}/api/${path}`, undefined, { method: 'GET' })).text);

  // A full receive buffer: nobody reads while datagrams come.
  server.signal('SIGSTOP');
  const burst = Array.from({ length: 400 }, () => 'burst.line:1|c\n'.repeat(60));
  await sendUdp(small, ...burst);
  server.signal('SIGCONT');
  const users = Array.from({ length: 200 }, (_, id) => `login.count:1|c|#user_id:${id}`);
  for (let at = 0; at < users.length; at += 20) keepSending(udp, users.slice(at, at + 20).join('\n'));
  keepSending(udp, 'page.views:1|c\npage.views:1|c');
  keepSending(udp, 'shop.cart:1|count');
  await waitFor(async () => {
    const { backends, frontends } = await api('status');
    const graphite = backends.find(({ name }: { name: string }) => name === 'graphite');
    return graphite.lastError !== null && frontends[1].kernelDropped > 0;
  });

  // A client with a bad type: who sends it, what it is, and what would be right.
  const tapped = await run('tap', 'shop.*', '--count', '1');
  expect(tapped.stdout).toMatch(
    /^rejected {5}udp {4}127\.0\.0\.1:\d+ +shop\.cart:1\|count {2}\(unknown_type: the type must be c, m, g, ms, h, d or s\)\n$/,
  );
  expect((await api('rejected')).lines).toContainEqual(
    expect.objectContaining({ line: 'shop.cart:1|count', reason: 'unknown_type', frontend: 'udp' }),
  );

  // A tag that explodes: the name with the most series, and which tag it is.
  await waitFor(async () => (await api('top?by=series')).names[0]?.series === 200);
  const [, first] = (await run('top', '--by', 'series')).stdout.split('\n');
  expect(first).toMatch(/ 200 {2}counter +login\.count +user_id ×200: /);
  expect((await api('top?by=series')).names[0]).toMatchObject({
    name: 'login.count',
    tag: { key: 'user_id', values: 200 },
  });

  // A back-end that nobody answers for, and a receive buffer that was full: status says both, and what to do.
  const status = await run('status');
  expect(status.code).toBe(1);
  expect(status.stdout).toMatch(/^bad: /);
  const said = status.stdout.replace(/\s+/g, ' ');
  expect(said).toMatch(new RegExp(`- The back-end "graphite" .*127\\.0\\.0\\.1:${dead}`));
  expect(said).toMatch(/- The kernel dropped \d+ datagrams: raise "receiveBuffer" of the front-end/);
  expect(status.stdout).toMatch(/^small +\S+ +\S+ +0 +0 +[1-9]\d*$/m);
  const state = await api('status');
  expect(state.verdict.advice).toEqual(
    expect.arrayContaining([expect.stringContaining('"graphite"'), expect.stringContaining('"receiveBuffer"')]),
  );
  expect(state.backends[2]).toMatchObject({
    name: 'graphite',
    lastError: { message: expect.stringContaining(`${dead}`) },
  });

  // A rule that drops too much: explain names it.
  const explained = await run('explain', 'orders.paid:1|c');
  expect(explained.stdout).toMatch(
    /: nothing: it is not given there\n +mapping\.block\[1\] +blocked by "orders\.\*"\n/,
  );
  const { explanations } = await api(`explain?line=${encodeURIComponent('orders.paid:1|c')}`);
  expect(explanations[0].series[0].views[0]).toMatchObject({
    result: null,
    steps: [expect.objectContaining({ says: 'blocked by "orders.*"' })],
  });
});
