import { appendFile } from 'node:fs';
import type { KeyFlushSettings } from '../config/settings.ts';
import { statsdKey } from '../protocol/statsd-key.ts';

/** Keys that are counted between two lists; the lines of more are left out. */
const MAX_KEYS = 100_000;

/** Counts the lines of each key and lists the most frequent ones, as the original daemon does. */
export interface KeyFlush {
  /** A line without its LF, good or bad. */
  line(line: string): void;
  stop(): void;
}

export interface KeyFlushOptions {
  readonly settings: KeyFlushSettings;
  readonly sanitize: boolean;
  /** To standard output. */
  print(text: string): void;
  /** The file cannot be written. */
  failed(message: string): void;
}

/** Lists every `intervalMs` milliseconds, and starts again from nothing. */
export function startKeyFlush({ settings, sanitize, print, failed }: KeyFlushOptions): KeyFlush {
  let counts = new Map<string, number>();

  function list(): void {
    const text = listing(counts, settings.percent, new Date());
    counts = new Map();
    if (settings.log === undefined) {
      print(text);
      return;
    }
    appendFile(settings.log, text, (error) => {
      if (error !== null) failed(`the keys cannot be listed: ${error.message}`);
    });
  }

  const timer = setInterval(list, settings.intervalMs).unref();
  return {
    line(line) {
      const key = keyOf(line, sanitize);
      const count = counts.get(key);
      if (count !== undefined || counts.size < MAX_KEYS) counts.set(key, (count ?? 0) + 1);
    },
    stop: () => clearInterval(timer),
  };
}

function keyOf(line: string, sanitize: boolean): string {
  const [metric = '', tags = ''] = line.split('|#', 2);
  const colon = metric.indexOf(':');
  return statsdKey(colon < 0 ? metric : metric.slice(0, colon), tags, sanitize);
}

/** `percent` of the keys, the most frequent first. */
function listing(counts: ReadonlyMap<string, number>, percent: number, now: Date): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, Math.ceil(sorted.length * (percent / 100)));
  return shown.map(([key, count]) => `${now} count=${count} key=${key}\n`).join('');
}
