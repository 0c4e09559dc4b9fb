import type { Intake, ReplayedLine, ReplayedMetric, ReplayedRequest } from '../../../src/plugin.ts';
import type { TracedLine } from '../extract/trace.ts';
import type { DrainTrace } from '../transport/reading.ts';
import { reasonsOf } from './why.ts';

/** What a drain makes of a request, in place of an aggregation. */
export interface Recorder {
  readonly intake: Intake;
  readonly trace: DrainTrace;
  /** All since the last time. */
  take(): Omit<ReplayedRequest, 'status' | 'refusal'>;
}

/** Told by the lines themselves. */
const OF_LINES: ReadonlySet<string> = new Set([
  'drain.requests',
  'drain.bytes',
  'drain.frames',
  'drain.lines',
  'drain.lines_without_metrics',
  'drain.value_errors',
  'drain.name_errors',
  'drain.lost_lines',
  'drain.rule_matches',
  'drain.rule_ns',
  'drain.rule_value_errors',
  'drain.cut_lines',
  'drain.visitor_lines',
]);

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['drain.duplicate_frames', 'the body was taken before'],
  ['drain.frame_errors', 'the framing is broken there; what lies before the next good frame is lost'],
  ['drain.msg_count_mismatch', 'its headers tell of another number of frames'],
  ['drain.rule_long_lines', 'over 8 KiB, and read by no rule'],
  ['drain.rule_series_dropped', 'over the series of a rule, which put them to "other"'],
  ['drain.rule_skipped_lines', 'not read by a rule that had taken its share of the CPU'],
  ['drain.refused_names', 'names that begin with none of the prefixes of the credential'],
  ['drain.refused_series', 'more series than "maxSeries" allows'],
  ['drain.late_points', 'distributions that are not of now, taken as of now'],
]);

export function createRecorder(): Recorder {
  let sender: string | undefined;
  /** Each is told when all that belongs to it is known. */
  let lines: (() => ReplayedLine)[] = [];
  let loose: ReplayedMetric[] = [];
  let current: ReplayedMetric[] = loose;
  let counted = new Map<string, number>();
  let discarded = new Map<string, number>();

  const metric = (type: string, name: string, value: number | string, tags?: string, weight?: number) => {
    current.push({ type, name, value, ...(tags && { tags }), ...(weight !== undefined && weight !== 1 && { weight }) });
  };
  const add = (counts: Map<string, number>, name: string, value: number) => {
    counts.set(name, (counts.get(name) ?? 0) + value);
  };

  return {
    intake: {
      lines(bytes, start = 0, end = bytes.length) {
        const text = Buffer.from(bytes.subarray(start, end)).toString();
        for (const line of text.split('\n')) {
          if (line !== '')
            lines.push(() => ({
              text: line,
              metrics: [],
              reasons: ['a line of StatsD: "statsdrain explain" tells more'],
            }));
        }
      },
      // No sender opens a stream.
      stream: () => ({ push: () => undefined, end: () => undefined }),
      sample: metric,
      member: (name, member, tags) => metric('set', name, member, tags),
      series: (type, name, tags) => ({ add: (value, weight) => metric(type, name, value, tags, weight) }),
      discard: (reason, count) => add(discarded, reason, count),
      kernelDropped: () => undefined,
      count: (name, value) => {
        if (!OF_LINES.has(name)) add(counted, name, value);
      },
    },
    trace: {
      sender: (name) => {
        sender = name;
      },
      begin() {
        current = [];
      },
      end(line: TracedLine) {
        const metrics = current;
        add(discarded, 'bad_value', -line.valueErrors);
        const process = utf8(line.process);
        lines.push(() => ({
          text: utf8(line.text.replace(/\r?\n$/, '')),
          ...(process !== '' && process !== '-' && { process }),
          metrics,
          reasons: reasonsOf({ ...line, text: utf8(line.text) }, metrics),
        }));
      },
    },
    take() {
      const taken = {
        ...(sender !== undefined && { sender }),
        lines: lines.map((tell) => tell()),
        metrics: loose,
        counted: [...counted].map(([name, value]) => {
          const meaning = MEANINGS.get(name);
          return { name, value, ...(meaning !== undefined && { meaning }) };
        }),
        discarded: [...discarded].filter(([, value]) => value > 0).map(([reason, value]) => ({ reason, value })),
      };
      sender = undefined;
      lines = [];
      loose = [];
      current = loose;
      counted = new Map();
      discarded = new Map();
      return taken;
    },
  };
}

/** Of a text with a character for each byte. */
function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString();
}
