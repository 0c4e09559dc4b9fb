import { inspect } from 'node:util';
import { unixSeconds } from '../../kit/unix-time.ts';
import type { StatusLine } from '../../plugin.ts';
import { masked } from '../../process/secrets.ts';
import type { Ledger, LedgerKind } from '../ledger.ts';
import { configText } from './config-text.ts';

/** What the commands show and change. */
export interface AdminSource {
  /** Takes in what the shards have of the open window. */
  refresh(): Promise<void>;
  readonly ledger: Pick<Ledger, 'counters' | 'gauges' | 'timers' | 'names' | 'remove' | 'badValues'>;
  /** Unix seconds, whole. */
  readonly startupTime: number;
  readonly lastMessage: number;
  /** What the back-ends tell about themselves. */
  status(): readonly StatusLine[];
  config(): Readonly<Record<string, unknown>>;
  /** No `END` where the original forgot it. */
  readonly strictCompat: boolean;
}

/** The commands of the original daemon's admin interface (statsd 0.9, stats.js), byte for byte. */
export interface Commands {
  /** The reply to one line, of any length; undefined for `quit`, which has none and closes the connection. */
  reply(line: string): Promise<string | undefined>;
  /** Whether a line without its LF is to be answered after a moment: see `lines.ts`. */
  isAnswerable(line: string): boolean;
}

const END = 'END\n\n';
const HELP = 'Commands: stats, counters, timers, gauges, delcounters, deltimers, delgauges, health, config, quit\n\n';
const readers = new Set(['help', 'stats', 'counters', 'timers', 'gauges', 'health', 'config', 'quit']);

export function createCommands(source: AdminSource, firstHealth: 'up' | 'down'): Commands {
  let health = firstHealth;

  const end = () => (source.strictCompat ? '' : END);

  async function hash(entries: () => Iterable<readonly [string, unknown]>): Promise<string> {
    await source.refresh();
    // `fromEntries` defines `__proto__` as a key like any other.
    return `${inspect(Object.fromEntries(entries()))}\n${END}`;
  }

  async function remove(kind: LedgerKind, patterns: readonly string[]): Promise<string> {
    await source.refresh();
    const left = new Set(source.ledger.names(kind));
    const removed = new Set<string>();
    let text = '';
    for (const pattern of patterns) {
      const found = matches(left, pattern);
      if (found.length === 0) text += `metric ${pattern} not found\n`;
      for (const key of found) {
        left.delete(key);
        removed.add(key);
        text += `deleted: ${key}\n`;
      }
    }
    if (removed.size > 0) source.ledger.remove(kind, removed);
    return text + END;
  }

  async function stats(): Promise<string> {
    await source.refresh();
    const now = unixSeconds();
    const lines: StatusLine[] = [
      { group: 'messages', name: 'last_msg_seen', value: source.lastMessage },
      { group: 'messages', name: 'bad_lines_seen', value: source.ledger.badValues },
      ...source.status(),
    ];
    const text = lines.map(({ group, name, value }) => {
      const isTime = name.startsWith('last_') && typeof value === 'number';
      return `${group}.${name}: ${isTime ? now - value : value}\n`;
    });
    return `uptime: ${now - source.startupTime}\n${masked(text.join(''))}${END}`;
  }

  return {
    isAnswerable: (line) => source.strictCompat || readers.has(wordsOf(line)[0]!),
    async reply(line) {
      const [command, ...parameters] = wordsOf(line);
      switch (command) {
        case 'help':
          return HELP;
        case 'stats':
          return stats();
        case 'counters':
          return hash(() => source.ledger.counters());
        case 'gauges':
          return hash(() => source.ledger.gauges());
        case 'timers':
          return hash(() => source.ledger.timers());
        case 'delcounters':
          return remove('counters', parameters);
        case 'deltimers':
          return remove('timers', parameters);
        case 'delgauges':
          return remove('gauges', parameters);
        case 'health': {
          const wanted = parameters[0]?.toLowerCase();
          if (wanted === 'up' || wanted === 'down') health = wanted;
          return `health: ${health}\n${end()}`;
        }
        case 'config':
          return masked(configText(source.config())) + end();
        case 'quit':
          return undefined;
        default:
          return 'ERROR\n';
      }
    },
  };
}

/** Blanks around the line are nothing; two of them in it have an empty word between them. */
function wordsOf(line: string): string[] {
  return line.trim().split(' ');
}

/** The key itself, and for `x.y.*` all that begin with `x.y.`. */
function matches(keys: ReadonlySet<string>, pattern: string): string[] {
  const found = keys.has(pattern) ? [pattern] : [];
  if (!pattern.endsWith('.*')) return found;
  const folder = pattern.slice(0, -1);
  for (const key of keys) if (key !== pattern && key.startsWith(folder)) found.push(key);
  return found;
}
