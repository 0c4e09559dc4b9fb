import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

/** A back-end that writes, of each window, the lines of the series that came, and knows whether it wants them. */
const counts = `
import { appendFileSync } from 'node:fs';
export default {
  kind: 'backend',
  name: 'counts',
  create: ({ wantsLines }) => ({
    wantsLines,
    async send({ series }) {
      const lines = {};
      for (const { name, updated, lines: one } of series) {
        if (updated && (one !== undefined || !name.startsWith('statsdrain.'))) lines[name] = one ?? 'absent';
      }
      if (Object.keys(lines).length > 0) appendFileSync(\`lines-\${wantsLines}.json\`, JSON.stringify(lines) + '\\n');
    },
  }),
};
`;

/** Sums over all windows, by name; `absent` where a window did not tell. */
function linesIn(folder: string, wanted: boolean): Record<string, number | string> {
  const sums: Record<string, number | string> = {};
  for (const text of readFileSync(join(folder, `lines-${wanted}.json`), 'utf8')
    .split('\n')
    .filter(Boolean)) {
    for (const [name, lines] of Object.entries(JSON.parse(text) as Record<string, number | string>)) {
      const before = sums[name] ?? 0;
      sums[name] = typeof lines === 'number' && typeof before === 'number' ? before + lines : 'absent';
    }
  }
  return sums;
}

const settle = (folder: string, wanted: boolean, expected: Record<string, number | string>) =>
  expect.poll(() => linesIn(folder, wanted), { timeout: 10_000 }).toEqual(expected);

test('a back-end is told of how many lines series were in, by all threads, from the reload that brings it on and no longer', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'counts.js'), counts);
  for (const wanted of [true, false]) appendFileSync(join(folder, `lines-${wanted}.json`), '');
  const config = (...wants: boolean[]) => ({
    flushInterval: '200ms',
    frontends: [
      { type: 'udp', port: 0, receivers: 2 },
      { type: 'tcp', port: 0 },
    ],
    // Another view, so that what the one wants is not told to the other.
    backends: wants.map((wantsLines) => ({
      use: './counts.js',
      name: String(wantsLines),
      wantsLines,
      mapping: wantsLines ? {} : { dropTags: ['pod'] },
    })),
  });
  const server = await startServer(config(false), { folder });
  const reloads = () => server.log.filter(({ msg }) => msg === 'configuration reloaded').length;
  const reload = async (...wants: boolean[]) => {
    const before = reloads();
    server.configure(config(...wants));
    server.signal('SIGHUP');
    await server.until('the reload', () => reloads() > before);
  };
  await sendUdp(server.port('udp'), 'first:1|c');
  await settle(folder, false, { first: 'absent' });
  await reload(false, true);
  // Sockets of several threads, chosen by the sender's port.
  for (let socket = 0; socket < 8; socket++) await sendUdp(server.port('udp'), 'hits:1|c\nhits:2|c\nt:1:2:3|ms');
  await sendStream(server.port('tcp'), 'hits:1|c\nusers:a|s\nusers:b|s\nlevel:1|g\nlevel:+1|g\n');
  await settle(folder, true, { hits: 17, t: 8, users: 2, level: 2 });
  await settle(folder, false, { first: 'absent', hits: 'absent', t: 'absent', users: 'absent', level: 'absent' });
  await reload(false);
  await sendUdp(server.port('udp'), 'last:1|c');
  await expect.poll(() => linesIn(folder, false)).toMatchObject({ last: 'absent' });
  expect(await server.stop()).toBe(0);
});
