import { type OwnMetric, SELF_PREFIX } from '../plugin.ts';

/** One of statsdrain's own series. `docs/METRICS.md` lists each; a test keeps page and catalogue in step. */
export interface SelfMetric extends OwnMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly tags: readonly string[];
}

function metric(
  name: string,
  type: SelfMetric['type'],
  tags: readonly string[],
  meaning: string,
  unit?: OwnMetric['unit'],
): SelfMetric {
  return { name: SELF_PREFIX + name, type, tags, meaning, ...(unit === undefined ? {} : { unit }) };
}

/** received = aggregated + rejected + dropped, for each front-end and window. */
export const selfMetrics = {
  received: metric('lines.received', 'counter', ['frontend'], 'lines and ready samples that arrived'),
  aggregated: metric('lines.aggregated', 'counter', ['frontend'], 'of these, those in the window'),
  rejected: metric('lines.rejected', 'counter', ['frontend', 'reason'], 'of these, those that could not be read'),
  dropped: metric(
    'lines.dropped',
    'counter',
    ['frontend', 'reason'],
    'of these, good ones for which there was no room (data loss)',
  ),
  overflowed: metric('lines.overflowed', 'counter', ['frontend'], 'aggregated lines that went into an overflow series'),
  clipped: metric(
    'tags.clipped',
    'counter',
    ['frontend'],
    'aggregated lines of the dialect "dogstatsd" with tags over a limit, of which the rest was left out',
  ),
  packets: metric(
    'packets.received',
    'counter',
    ['frontend'],
    'datagrams, reads of a stream that ended a line, and bodies of requests',
  ),
  kernelDropped: metric(
    'kernel.dropped',
    'counter',
    ['frontend'],
    'datagrams that the kernel dropped because the receive buffer was full (data loss)',
  ),
  packetsUntapped: metric(
    'packets.untapped',
    'counter',
    ['frontend'],
    'raw packets that were not handed to the back-ends that take them, because too many waited (data loss)',
  ),
  seriesLive: metric('series.live', 'gauge', [], 'series known, reported in this window or not'),
  seriesFolded: metric(
    'series.folded',
    'counter',
    [],
    'keys (names and tags as sent) of this window that share an overflow series, because a limit was reached when they were new; those that an ingest thread refused are estimated, within about 2 %',
  ),
  seriesBytes: metric(
    'series.bytes',
    'gauge',
    [],
    'memory that the names and tags of these series take, about',
    'bytes',
  ),
  seriesGaveWay: metric(
    'series.gave_way',
    'counter',
    [],
    'idle series that were forgotten before their time, because a limit was reached and others were new',
  ),
  blocked: metric(
    'mapping.blocked',
    'counter',
    [],
    'keys (names and tags as sent) of this window that are in no series, because a rule of "mapping" blocks them',
  ),
  statsdKeys: metric('statsd.keys', 'gauge', [], 'keys of the original daemon’s metrics, idle ones included'),
  statsdFolded: metric(
    'statsd.folded',
    'counter',
    [],
    'keys that were refused at "limits.series" there and share an overflow key',
  ),
  keysLive: metric('keys.live', 'gauge', ['shard'], 'raw keys (name and tags as sent) that an ingest thread remembers'),
  keyBytes: metric('keys.bytes', 'gauge', ['shard'], 'memory that an ingest thread has for these keys', 'bytes'),
  flushMs: metric(
    'flush.duration',
    'gauge',
    [],
    'time that merging the previous window took, with other work in between',
    'milliseconds',
  ),
  flushLate: metric(
    'flush.late',
    'counter',
    [],
    'parts of windows that came too late and were added to the next window',
  ),
  stateAge: metric(
    'state.age',
    'gauge',
    [],
    'time since what is kept for a restart was written as a whole, or before the first time since the start, where "state" is set',
    'milliseconds',
  ),
  threadLag: metric(
    'thread.lag',
    'gauge',
    ['thread'],
    'longest stall of a thread’s event loop in this window',
    'milliseconds',
  ),
  queueWindows: metric('queue.windows', 'gauge', ['backend'], 'windows that wait for a back-end'),
  queueBytes: metric('queue.bytes', 'gauge', ['backend'], 'bytes of memory that these windows hold'),
  queueAge: metric('queue.age', 'gauge', ['backend'], 'time for which the oldest of them has waited', 'milliseconds'),
  sends: metric('backend.sends', 'counter', ['backend'], 'windows delivered'),
  sendMs: metric('backend.send_duration', 'gauge', ['backend'], 'time of the longest delivery', 'milliseconds'),
  retries: metric('backend.retries', 'counter', ['backend'], 'attempts that failed and were tried again'),
  failures: metric('backend.failures', 'counter', ['backend'], 'attempts that failed'),
  lostWindows: metric(
    'backend.lost_windows',
    'counter',
    ['backend', 'reason'],
    'windows that were never delivered (data loss)',
  ),
  lostItems: metric(
    'backend.lost_items',
    'counter',
    ['backend', 'reason'],
    'series, events and checks left out of delivered windows (data loss)',
  ),
  lanePayloads: metric(
    'lane.payloads',
    'gauge',
    ['backend', 'lane'],
    'requests that wait in a lane of a back-end that sends',
  ),
  laneBytes: metric('lane.bytes', 'gauge', ['backend', 'lane'], 'bytes of memory that they hold'),
  laneAge: metric(
    'lane.age',
    'gauge',
    ['backend', 'lane'],
    'time for which the oldest of them has waited',
    'milliseconds',
  ),
  laneDown: metric('lane.down', 'gauge', ['backend', 'lane'], '1 while its server is taken for down, and only probed'),
  laneDelivered: metric('lane.delivered', 'counter', ['backend', 'lane'], 'requests that were taken'),
  laneRetries: metric('lane.retries', 'counter', ['backend', 'lane'], 'attempts that failed and are made again'),
  laneAmbiguous: metric(
    'lane.ambiguous',
    'counter',
    ['backend', 'lane'],
    'requests that were sent again though an attempt without an answer may have been taken, where twice is not as good as once',
  ),
  laneGivenUp: metric(
    'lane.given_up',
    'counter',
    ['backend', 'lane', 'reason'],
    'requests that were never taken (data loss)',
  ),
  laneSpooled: metric(
    'lane.spooled',
    'gauge',
    ['backend', 'lane'],
    'requests that wait in the spool and not in memory',
  ),
  spoolBytes: metric('spool.bytes', 'gauge', [], 'size of all files of the spool', 'bytes'),
  spoolPayloads: metric('spool.payloads', 'gauge', [], 'requests in the spool'),
  spoolDown: metric('spool.down', 'gauge', [], '1 while the spool cannot be used, and what waits is in memory only'),
  spoolWritten: metric('spool.written', 'counter', [], 'requests that were written to it'),
  spoolReplayed: metric('spool.replayed', 'counter', [], 'requests that were read back from it and then taken'),
  spoolDropped: metric('spool.dropped', 'counter', ['reason'], 'requests that left it undelivered'),
  spoolErrors: metric('spool.errors', 'counter', [], 'failures of its file system'),
  spoolDamaged: metric(
    'spool.damaged_bytes',
    'counter',
    [],
    'bytes that were left out because a record was torn or changed',
  ),
  packetErrors: metric(
    'backend.packet_errors',
    'counter',
    ['backend'],
    'raw packets on which a back-end threw an error',
  ),
  buildInfo: metric(
    'build_info',
    'gauge',
    ['node', 'version'],
    'always 1, with the versions of statsdrain and Node.js',
  ),
} as const satisfies Record<string, SelfMetric>;

const byName: ReadonlyMap<string, OwnMetric> = new Map(Object.values(selfMetrics).map((one) => [one.name, one]));

/** What is known about one of statsdrain's own series; undefined for a counter that a plugin counts. */
export function ownMetric(name: string): OwnMetric | undefined {
  return byName.get(name);
}
