import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { CHROMIUM, launchBrowser, openPage } from '../helper/browser.ts';
import { type Server, startServer } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const program = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

/** Prints, whatever the exit code is. */
function run(server: Server, ...args: string[]) {
  return new Promise<{ readonly code: unknown; readonly out: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: server.folder }, (error, out) =>
      resolve({ code: error?.code ?? 0, out }),
    );
  });
}

interface Fault {
  readonly what: string;
  /** Of the back-ends beside `live`, and of the root. */
  readonly backends?: readonly object[];
  readonly settings?: object;
  readonly udp?: object;
  /** Does what goes wrong, once or for as long as it is looked for. */
  plant(server: Server): Promise<void>;
  readonly again?: boolean;
  /** The one command, and what it has to print. */
  readonly command: readonly string[];
  readonly prints: readonly RegExp[];
  readonly exits?: number;
  /** Where the page is opened, and what it has to show there. */
  readonly hash?: string;
  readonly shows: readonly RegExp[];
}

/** Nobody listens there. */
const deadPort = await freePort();

const faults: readonly Fault[] = [
  {
    what: 'a client sends a type that there is not',
    plant: (server) => sendUdp(server.port('udp'), 'checkout.duration:320|msec|#shop:eu'),
    command: ['status'],
    prints: [/checkout\.duration:320\|msec/, /unknown_type/, /the type must be c, m, g, ms, h, d or s/],
    shows: [/checkout\.duration:320\|msec/, /the type must be c, m, g, ms, h, d or s/],
  },
  {
    what: 'a tag has a new value with each request',
    again: true,
    async plant(server) {
      for (let from = 0; from < 600; from += 20) {
        const lines = Array.from({ length: 20 }, (_, at) => `http.requests:1|c|#env:prod,request_id:${from + at}`);
        await sendUdp(server.port('udp'), lines.join('\n'));
      }
      await sendUdp(server.port('udp'), 'page.views:1|c|#env:prod\npage.views:1|c|#env:dev');
    },
    command: ['top', '--by', 'series', '--once'],
    prints: [/ 600 +counter +http\.requests +request_id ×600/],
    hash: '#by=series',
    shows: [/http\.requests/, /request_id has 600 values/],
  },
  {
    what: 'a back-end is dead',
    backends: [{ type: 'graphite', host: '127.0.0.1', port: deadPort }],
    plant: (server) => sendUdp(server.port('udp'), 'page.views:1|c'),
    command: ['status'],
    exits: 1,
    prints: [/"graphite"/, /ECONNREFUSED/],
    shows: [/graphite is down/, /ECONNREFUSED/],
  },
  {
    what: 'a receive buffer is full',
    udp: { receiveBuffer: '4KiB' },
    async plant(server) {
      // It cannot read for a moment, as on a machine that is too busy.
      process.kill(server.pid, 'SIGSTOP');
      try {
        for (let batch = 0; batch < 20; batch++) await sendUdp(server.port('udp'), ...Array(50).fill('page.views:1|c'));
      } finally {
        process.kill(server.pid, 'SIGCONT');
      }
    },
    command: ['status'],
    exits: 1,
    prints: [/kernel dropped [\d,]+ datagrams/i, /receiveBuffer/],
    shows: [/The kernel dropped [\d,]+ datagrams/, /receiveBuffer/],
  },
  {
    what: 'a rule takes more than it should',
    settings: { mapping: { block: ['checkout.*'] } },
    plant: (server) => sendUdp(server.port('udp'), 'checkout.paid:1|c'),
    command: ['explain', 'checkout.paid:1|c'],
    prints: [/mapping\.block\[0\]\s+blocked by "checkout\.\*"/],
    hash: '#q=checkout.paid&line=checkout.paid:1|c',
    shows: [/checkout\.paid was never seen/, /blocked by "checkout\.\*"/],
  },
];

async function planted({ backends = [], settings = {}, udp = {}, plant, again = false }: Fault): Promise<Server> {
  // Commands read in the configuration where the server is.
  const [udpPort, livePort] = [await freePort(), await freePort()];
  const server = await startServer({
    flushInterval: '1s',
    ...settings,
    frontends: [{ type: 'udp', port: udpPort, ...udp }],
    backends: [{ type: 'live', port: livePort }, ...backends],
  });
  await plant(server);
  if (again) {
    const timer = setInterval(() => void plant(server), 500);
    onTestFinished(() => clearInterval(timer));
  }
  return server;
}

describe('what goes wrong is found in one step from a terminal', () => {
  it.each(faults)('$what', async (fault) => {
    const server = await planted(fault);
    await vi.waitFor(
      async () => {
        const { code, out } = await run(server, ...fault.command);
        const text = out.replace(/\s*\n\s*/g, ' ');
        for (const wanted of fault.prints) expect(text).toMatch(wanted);
        if (fault.exits !== undefined) expect(code).toBe(fault.exits);
      },
      { timeout: 15_000, interval: 500 },
    );
  });
});

describe.each(CHROMIUM === undefined ? [] : [CHROMIUM])('and from the page, in %s', (chromium) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser(chromium);
  });
  afterAll(() => browser?.close());

  const textOf = async (page: Page) => ((await page.locator('body').textContent()) ?? '').replace(/\s+/g, ' ');

  it.each(faults)('$what', async (fault) => {
    const server = await planted(fault);
    const { page, faults: wrong } = await openPage(
      browser,
      `http://127.0.0.1:${server.port('live')}/${fault.hash ?? ''}`,
    );
    onTestFinished(() => page.close());
    await vi.waitFor(
      async () => {
        const text = await textOf(page);
        for (const wanted of fault.shows) expect(text).toMatch(wanted);
      },
      { timeout: 15_000, interval: 250 },
    );
    expect(wrong).toEqual([]);
  });
});
