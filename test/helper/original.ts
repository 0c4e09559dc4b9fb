import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import util from 'node:util';
import { compileFunction } from 'node:vm';
import type { StatsdContents } from './statsd-contents.ts';

/** The original daemon (npm `statsd`) in this process, without sockets, timers and output. */
export interface Original {
  /** A Buffer, as the UDP server gives it, or a string, as the TCP server does. Throws where the original crashes. */
  packet(packet: Buffer | string): void;
  /** Ends the window and forgets everything. */
  take(): StatsdContents;
}

/** What its back-ends are given. */
export interface Hash {
  readonly counter_rates: Record<string, number>;
  readonly timer_data: Record<string, Record<string, unknown>>;
  readonly counters: Record<string, number>;
  readonly timers: Record<string, number[]>;
  readonly timer_counters: Record<string, number>;
  readonly gauges: Record<string, number>;
  readonly sets: Record<string, { values(): string[] }>;
}

const INTERNAL = /^statsd\.(bad_lines_seen|packets_received|metrics_received|timestamp_lag)$/;

export function openOriginal(keyNameSanitize = true): Original {
  let seen: StatsdContents | undefined;
  const config = { deleteIdleStats: true, gaugesMaxTTL: 1, keyNameSanitize, percentThreshold: [90] };
  const { packet, flush } = runOriginal(config, (hash) => {
    seen = contentsOf(hash);
  });
  return {
    packet,
    take() {
      flush();
      return seen!;
    },
  };
}

/** The same with any configuration. `nowMs` is its clock. */
export function runOriginal(
  configuration: object,
  onFlush: (hash: Hash, timestamp: number) => void,
  nowMs: () => number = Date.now,
): {
  readonly packet: Original['packet'];
  flush(): void;
  /** As when its file has changed. */
  configure(next: object): void;
} {
  const file = createRequire(import.meta.url).resolve('statsd/stats.js');
  const requireThere = createRequire(file);
  let handle: ((packet: Buffer | string, from: object) => void) | undefined;
  let flush: (() => void) | undefined;
  let configure: (config: object) => void = () => undefined;
  const withParts = (config: object) => ({ ...config, backends: ['the test'], servers: [{ server: 'the wire' }] });
  const parts = new Map<string, unknown>([
    ['util', { ...util, log: () => undefined }],
    [
      './lib/config',
      {
        configFile(_: string, ready: (given: object) => void) {
          configure = ready;
          ready(withParts(configuration));
        },
      },
    ],
    [
      './lib/logger',
      {
        Logger: class extends EventEmitter {
          log = () => undefined;
        },
      },
    ],
    ['./lib/process_mgmt', { init: () => undefined }],
    ['./lib/mgmt_server', { start: () => undefined }],
    [
      'the wire',
      {
        start(_: object, given: typeof handle) {
          handle = given;
          return true;
        },
      },
    ],
    [
      'the test',
      {
        init(_: number, __: object, events: EventEmitter) {
          events.on('flush', (timestamp: number, hash: Hash) => onFlush(hash, timestamp));
          return true;
        },
      },
    ],
  ]);
  const run = compileFunction(
    readFileSync(file, 'utf8'),
    ['require', 'process', 'setTimeout', 'Date', '__filename', '__dirname'],
    { filename: file },
  );
  run(
    (name: string) => parts.get(name) ?? requireThere(name),
    { argv: [], on: () => undefined, exit: () => undefined, hrtime: process.hrtime },
    (callback: () => void) => {
      flush = callback;
    },
    class {
      getTime = nowMs;
    },
    file,
    dirname(file),
  );
  return {
    packet: (packet) => handle!(packet, { address: '127.0.0.1', port: 1 }),
    flush: () => flush!(),
    configure: (next) => configure(withParts(next)),
  };
}

function contentsOf({ counters, timers, timer_counters, gauges, sets }: Hash): StatsdContents {
  const own = <Value>(hash: Record<string, Value>) =>
    new Map(Object.entries(hash).filter(([key]) => !INTERNAL.test(key)));
  return {
    counters: own(counters),
    timers: new Map(Object.entries(timers).map(([key, values]) => [key, [...values]])),
    timerCounts: own(timer_counters),
    gauges: own(gauges),
    sets: new Map(Object.entries(sets).map(([key, set]) => [key, set.values().sort()])),
    packets: counters['statsd.packets_received']!,
    lines: counters['statsd.metrics_received']!,
    badValues: counters['statsd.bad_lines_seen']!,
  };
}
