import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const RULES = 'mappings:\n- {match: "t.*", name: tt}\n';
const OTHER_RULES = `${RULES}- {match: "n.*", name: nn}\n`;
const LINES = 't.x:1|c\nfree.x:1|c\ng.x:+1|g\n';

/** One whose windows of ten seconds are made of rounds of one, and that of a page which is scraped. */
it.each(['console', 'page'])(
  'a reload of rules loses nothing of it, and scrapes are as fresh as before: %s',
  async (seen) => {
    const folder = temporaryFolder();
    const rules = join(folder, 'm.yml');
    writeFileSync(rules, RULES);
    const config = {
      flushInterval: '30s',
      mapping: './m.yml',
      frontends: [{ type: 'tcp', port: 0 }],
      backends: [
        { type: 'prometheus', port: 0, lifecycle: true },
        { ...jsonConsole, name: 'long' },
        ...(seen === 'console' ? [{ ...jsonConsole, name: 'short', interval: '1s' }] : []),
      ],
    };
    const server = await startServer(config, { folder });
    const ask = (path: string, init?: RequestInit) =>
      fetch(`http://127.0.0.1:${server.port('prometheus')}${path}`, init).then((response) => response.text());
    const wanted = (times: number) => [`tt ${times}`, `free_x ${times}`, `g_x ${times}`].sort();
    const page = async () =>
      (await ask('/metrics'))
        .split('\n')
        .filter((line) => /^(?:tt|free_x|g_x) /.test(line))
        .sort();
    const becomes = (times: number) => expect.poll(page, { timeout: 5000 }).toEqual(wanted(times));

    await sendStream(server.port('tcp'), LINES);
    if (seen === 'page') await becomes(1);
    else await server.until('a round', () => server.total('tt') === 1);
    writeFileSync(rules, OTHER_RULES);
    expect(await ask('/-/reload', { method: 'POST' })).toBe('The configuration was read again.\n');
    await sendStream(server.port('tcp'), LINES);
    await becomes(2);
    expect(JSON.parse(await ask('/unmapped')).unmapped).toContainEqual({ name: 'free.x', type: 'counter' });
    expect(await server.stop()).toBe(0);
    const sums = seen === 'console' ? 4 : 2;
    expect([server.total('tt'), server.total('free.x')]).toEqual([sums, sums]);
  },
  30_000,
);
