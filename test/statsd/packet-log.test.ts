import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultStatsdSettings as defaults, type StatsdSettings } from '../../src/config/settings.ts';
import { createPacketLog } from '../../src/statsd/packet-log.ts';

const NOW = new Date('2026-11-06T09:05:07Z');

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

function start(settings: Partial<StatsdSettings>) {
  const printed: string[] = [];
  const logged: string[] = [];
  const log = { info: (text: string) => logged.push(text), warn: vi.fn(), error: vi.fn() };
  const packetLog = createPacketLog(log, (text) => printed.push(text));
  packetLog.configure({ ...defaults, ...settings });
  const packet = (text: string, transport: 'datagram' | 'stream' = 'datagram') =>
    packetLog.packet(Buffer.from(text), { transport, size: text.length });
  return { packetLog, packet, printed, logged, log };
}

const every = (percent: number, log?: string) => ({ keyFlush: { intervalMs: 1000, percent, log } });

/** With the time at which everything in these tests is printed left out. */
const plain = (printed: readonly string[]) =>
  printed.map((text) => text.replaceAll(`${new Date(NOW.getTime() + 1000)} `, ''));

describe('keyFlush', () => {
  it('lists keys by their lines, bad ones too, and starts again', () => {
    const { packet, printed } = start(every(100));
    packet('a:1|c\n\nb:1|c:2|c:3|c\na:x\n');
    packet('a\nq r/s|#t:v,u\nconstructor:1|c\n__proto__:1|c\nb:1');
    vi.advanceTimersByTime(1000);
    expect(plain(printed)).toEqual([
      'count=3 key=a\ncount=2 key=b\ncount=1 key=q_r-s;t=v;u\ncount=1 key=constructor\ncount=1 key=__proto__\n',
    ]);
    vi.advanceTimersByTime(1000);
    expect(printed[1]).toBe('');
  });

  it.each([
    [1, 1],
    [34, 2],
    [50, 2],
    [75, 3],
    [75.1, 4],
    [100, 4],
  ])('%d percent of four keys are %d', (percent, shown) => {
    const { packet, printed } = start(every(percent));
    packet('a:1|c\nb:1|c\nc:1|c\nd:1|c');
    vi.advanceTimersByTime(1000);
    expect(printed[0]?.split('\n')).toHaveLength(shown + 1);
  });

  it('prints the time as JavaScript does', () => {
    const { packet, printed } = start(every(100));
    packet('a:1|c');
    vi.advanceTimersByTime(1000);
    expect(printed[0]).toMatch(/^\w{3} \w{3} \d\d 2026 \d\d:\d\d:08 GMT[+-]\d{4} \([^)]+\) count=1 key=a\n$/);
  });

  it('keeps keys as they are where they are not sanitised', () => {
    const { packet, printed } = start({ ...every(100), keyNameSanitize: false });
    packet('a b/c:1|c|#t:v w');
    vi.advanceTimersByTime(1000);
    expect(plain(printed)).toEqual(['count=1 key=a b/c;t=v w\n']);
  });

  it('counts no more than 100,000 keys', () => {
    const { packet, printed } = start(every(100));
    for (let i = 0; i < 100_010; i++) packet(`k${i}:1|c`);
    packet('k0:1|c\nk100009:1|c');
    vi.advanceTimersByTime(1000);
    expect(printed[0]?.split('\n')).toHaveLength(100_001);
    expect(printed[0]).toMatch(/count=2 key=k0\n/);
  });

  it('appends to a file, or says that it cannot', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'statsdrain-'));
    try {
      const file = join(folder, 'keys.txt');
      const good = start(every(100, file));
      for (let i = 0; i < 2; i++) {
        good.packet('a:1|c');
        vi.advanceTimersByTime(1000);
      }
      const bad = start(every(100, join(folder, 'no', 'such')));
      bad.packet('a:1|c');
      vi.advanceTimersByTime(1000);
      vi.useRealTimers();
      await vi.waitFor(() => expect(readFileSync(file, 'utf8').match(/count=1 key=a\n/g)).toHaveLength(2));
      await vi.waitFor(() => expect(bad.log.error).toHaveBeenCalledWith(expect.stringContaining('ENOENT')));
      expect(good.printed).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('goes on through a reload that does not concern it, and ends with one that does', () => {
    const { packetLog, packet, printed } = start(every(100));
    packet('a:1|c');
    packetLog.configure({ ...defaults, ...every(100), prefixStats: 'other' });
    vi.advanceTimersByTime(1000);
    expect(plain(printed)).toEqual(['count=1 key=a\n']);
    packetLog.configure(undefined);
    expect(packetLog.wantsPackets).toBe(false);
    vi.advanceTimersByTime(5000);
    expect(printed).toHaveLength(1);
  });
});

describe('dumpMessages', () => {
  it('logs every line, of streams with seven bits', () => {
    const { packet, logged, packetLog } = start({ dumpMessages: true });
    expect(packetLog.wantsPackets).toBe(true);
    packet('é:1|c\r\n\nbad');
    packet('é:1|c', 'stream');
    expect(logged).toEqual(['é:1|c\r', 'bad', 'C):1|c']);
  });

  it('is off', () => {
    const { packet, logged, packetLog } = start({});
    packet('a:1|c');
    expect(logged).toEqual([]);
    expect(packetLog.wantsPackets).toBe(false);
  });
});
