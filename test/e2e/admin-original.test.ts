import { describe, expect, it, vi } from 'vitest';
import { dialogue, transcript } from '../helper/dialogue.ts';
import { startOriginal } from '../helper/original-process.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const HOUR_MS = 3_600_000;

const datagrams = [
  'plain:5|c\nweb.hits:1|c\nweb.hits:2|c|@0.5\nweb.errors:3|c\nweb.sub.deep:1|c\nwebx:1|c\ntagged:1|c|#env:prod',
  'g.a:1|g\ng.b:2.5|g\ng.b:+1|g\ng.a:-4|g\nneg:-7|g',
  't.a:3|ms\nt.a:1|ms\nt.b:0.5|ms|@0.1\nu:x|s\nu:y|s\nbad\nx:y|c',
  Array.from({ length: 130 }, (_, value) => `many:${value}|ms`).join('\n'),
  Array.from({ length: 12 }, (_, key) => `long.name.of.a.counter.${key}:${key}|c`).join('\n'),
];

/** Each is one chunk, as a client of the original sends them. */
const chunks = [
  'help\n',
  'stats\n',
  'counters\n',
  'gauges\n',
  'timers\n',
  'health\n',
  'health down\n',
  'health\r\n',
  'health UP\n',
  'health sideways\n',
  'config\n',
  '  health  \n',
  'health  down\n',
  'HELP\n',
  'sets\n',
  '\n',
  '\r\n',
  'health\n\n',
  'nothing at all\n',
  'health',
  'counters',
  'delcounters plain\n',
  'delcounters plain nothing web.errors\n',
  'delcounters web.*\n',
  'delcounters *\n',
  'delcounters .*\n',
  'delcounters\n',
  'delcounters  tagged;env=prod\n',
  'counters\n',
  'delgauges g.a g.a\n',
  'delgauges g.* none.*\n',
  'gauges\n',
  'deltimers t.* many\n',
  'timers\n',
  'deltimers t.a\n',
  'delgauges neg\n',
  'gauges\n',
  'quit\n',
];

/** Without seconds since the start and the last message, and the console, which only statsdrain runs with. */
const masked = (text: string) =>
  text.replace(/^(uptime|messages\.last_msg_seen): \d+$/gm, '$1: N').replace(/^console\..*\n/gm, '');

describe('the admin interface beside the live original', () => {
  const config = {
    backends: [],
    flushInterval: HOUR_MS,
    percentThreshold: [90, 99.9],
    keyNameSanitize: true,
    prefixStats: 'statsd',
    title: 'x',
    nested: { a: 1, b: { c: 2 }, list: [1, 2] },
    none: null,
    gaugesMaxTTL: 3,
  };

  it.each([
    ['with the defaults', {}],
    ['with deleteIdleStats', { deleteIdleStats: true, deleteSets: false }],
  ])('answers every command with the same bytes: %s', async (_, changes) => {
    const original = await startOriginal({ ...config, ...changes });
    const { deleteIdleStats = false, deleteSets = deleteIdleStats } = changes as {
      deleteIdleStats?: boolean;
      deleteSets?: boolean;
    };
    const deletes = {
      deleteCounters: deleteIdleStats,
      deleteTimers: deleteIdleStats,
      deleteSets,
      deleteGauges: deleteIdleStats,
    };
    const addresses = {
      address: '127.0.0.1',
      port: original.port,
      mgmt_address: '127.0.0.1',
      mgmt_port: original.adminPort,
    };
    const ours = await startServer({
      align: 'start',
      flushInterval: HOUR_MS,
      statsd: {
        percentThreshold: config.percentThreshold,
        gaugesMaxTTL: 3,
        ...deletes,
        config: { ...addresses, ...config, ...changes },
      },
      admin: { port: 0, strictCompat: true },
      frontends: [{ type: 'udp', port: 0, dialect: 'statsd' }],
      backends: [jsonConsole],
    });
    for (const [port, adminPort] of [
      [original.port, original.adminPort],
      [ours.port('udp'), ours.adminPort()],
    ] as const) {
      await sendUdp(port, ...datagrams);
      const look = await dialogue(adminPort);
      await vi.waitFor(async () => {
        expect(await look.askUntil('counters\n', 'END\n\n')).toContain("'long.name.of.a.counter.11': 11");
        expect(await look.askUntil('timers\n', 'END\n\n')).toContain('30 more items');
      });
      look.socket.destroy();
    }
    const expected = await transcript(original.adminPort, chunks);
    const answered = await transcript(ours.adminPort(), chunks);
    expect(masked(answered)).toBe(masked(expected));
    expect(expected).toContain('gauges');
    await ours.stop();
    await original.stop();
  });

  it('shows what a flush leaves, and what the first one writes back into the configuration', async () => {
    const short = { ...config, flushInterval: 300 };
    const original = await startOriginal(short);
    const ours = await startServer({
      align: 'start',
      flushInterval: 300,
      statsd: { gaugesMaxTTL: 3, config: short },
      admin: { port: 0, strictCompat: true },
      frontends: [{ type: 'udp', port: 0, dialect: 'statsd' }],
      backends: [jsonConsole],
    });
    const flushed = async (port: number, adminPort: number) => {
      const talk = await dialogue(adminPort);
      // The gauge of the second flush is the first of all.
      await vi.waitFor(async () => {
        expect(await talk.askUntil('gauges\n', 'END\n\n')).toContain('timestamp_lag');
      });
      await sendUdp(port, ...datagrams);
      await vi.waitFor(async () => {
        expect(await talk.askUntil('counters\n', 'END\n\n')).toContain("'long.name.of.a.counter.11': 0");
        expect(await talk.askUntil('timers\n', 'END\n\n')).toContain('many: []');
      });
      return transcript(adminPort, ['config\n', 'counters\n', 'gauges\n', 'timers\n', 'quit\n']);
    };
    const expected = await flushed(original.port, original.adminPort);
    // Stamps are whole seconds: at this interval the lag is noise.
    const settled = (text: string) =>
      text.replace(/^(address|port|mgmt_address|mgmt_port): .*\n/gm, '').replace(/(timestamp_lag'): [-\d.]+/, '$1: N');
    expect(settled(await flushed(ours.port('udp'), ours.adminPort()))).toBe(settled(expected));
    expect(expected).toContain('deleteGauges: false');
    await ours.stop();
    await original.stop();
  });
});
