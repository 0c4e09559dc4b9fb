import { z } from 'zod';
import type { StatsdHistogram } from '../../plugin.ts';
import { quote } from '../problem.ts';
import { flag, group, number, oneOf, orNothing, port, type Refuse, read, text, toNumber, word } from './readers.ts';

const percentThreshold = read<readonly number[]>((input, refuse) => {
  if (!input) return undefined;
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  const at = (index: number) => (Array.isArray(input) ? [index] : []);
  const numbers = list.map((item, index) => toNumber(item, refuse, at(index)) ?? 0);
  return numbers;
});

const histogram = read<readonly StatsdHistogram[]>((input, refuse) => {
  if (!input) return undefined;
  if (!Array.isArray(input)) return refuse(`${quote(input)} is not a list of { metric, bins }`);
  return input.map((entry: unknown, index) => histogramEntry(entry, index, refuse));
});

function histogramEntry(entry: unknown, index: number, refuse: Refuse): StatsdHistogram {
  const { metric, bins } = (typeof entry === 'object' && entry !== null ? entry : {}) as Partial<StatsdHistogram>;
  if (typeof metric !== 'string') refuse(`${quote(entry)} has no "metric" that is a string`, [index]);
  if (!Array.isArray(bins)) refuse(`${quote(entry)} has no "bins" that is a list`, [index]);
  const limits: readonly unknown[] = Array.isArray(bins) ? bins : [];
  return {
    metric: String(metric),
    bins: limits.map((limit, at) => (limit === 'inf' ? 'inf' : (toNumber(limit, refuse, [index, 'bins', at]) ?? 0))),
  };
}

const modules = read<readonly string[]>((input, refuse) => {
  if (!input) return undefined;
  if (!Array.isArray(input)) return refuse(`${quote(input)} is not a list; write [ … ] around it`);
  for (const [index, item] of input.entries()) {
    if (typeof item !== 'string' || item === '') refuse(`${quote(item)} is not the name of a back-end`, [index]);
  }
  return input as string[];
});

/** Only a list of words filters; anything else is no filter. */
const names = read<readonly string[]>((input) =>
  Array.isArray(input) ? input.filter((item) => typeof item === 'string') : [],
);

/** As the original: a whole number above 1, or else 1. */
const timeToLive = read<number>((input) =>
  typeof input === 'number' && Number.isInteger(input) && input > 1 ? input : 1,
);

const permissions = read<string>((input, refuse) => {
  if (!input) return undefined;
  const octal = typeof input === 'number' ? input.toString(8) : input;
  if (typeof octal === 'string' && /^0?[0-7]{3}$/.test(octal)) return octal.padStart(4, '0');
  return refuse(`${quote(input)} is not a file mode such as "0660"`);
});

const title = read<string | false>((input) => (input ? String(input) : false));

/** All but the words for false switches it on, and so does nothing at all. */
const reload = read<boolean>((input) => !(input === false || input === 0 || input === '' || input === '0'));

const serverShape = {
  server: word(),
  address: word(),
  address_ipv6: flag(),
  port: port(),
  socket: word(),
  socket_mod: permissions,
};

const servers = orNothing(z.array(z.looseObject(serverShape)));

const target = z.looseObject({ host: word(), port: port() });

/** The configuration of the original daemon (statsd 0.9), read as tolerantly as it reads it; other keys are kept. */
export const originalSchema = z.looseObject({
  ...serverShape,
  servers,
  backends: modules,
  mgmt_address: word(),
  mgmt_port: port(),
  title,
  healthStatus: oneOf(['up', 'down']),
  debug: flag(),
  dumpMessages: flag(),
  flushInterval: number(),
  percentThreshold,
  flush_counts: flag(),
  keyFlush: group({ interval: number(), percent: number(), log: word() }),
  deleteIdleStats: flag(),
  deleteCounters: flag(),
  deleteTimers: flag(),
  deleteSets: flag(),
  deleteGauges: flag(),
  gaugesMaxTTL: timeToLive,
  prefixStats: text(),
  keyNameSanitize: flag(),
  calculatedTimerMetrics: names,
  histogram,
  console: group({ prettyprint: flag() }),
  log: group({ backend: oneOf(['stdout', 'syslog']), application: text(), level: text() }),
  graphiteHost: word(),
  graphitePort: port(),
  graphitePicklePort: port(),
  graphiteProtocol: word(),
  graphite: group({
    legacyNamespace: flag(),
    globalPrefix: text(),
    prefixCounter: text(),
    prefixTimer: text(),
    prefixGauge: text(),
    prefixSet: text(),
    globalSuffix: text(),
  }),
  repeater: orNothing(z.array(target)),
  repeaterProtocol: word(),
  automaticConfigReload: reload,
});

/** With the values that the original works with; undefined where its default holds. */
export type Original = z.output<typeof originalSchema>;

export const originalKeys: ReadonlySet<string> = new Set(Object.keys(originalSchema.shape));
