import type { OriginalSettings } from './native.ts';

/**
 * Where statsdrain is not like the original on purpose, besides what the original does not survive (`survives.test.ts`). The generated
 * packets have none of it (`rules.ts`, `spellings.ts`, `configurations.ts`); `differences.test.ts` shows both sides of each.
 */
export interface DeliberateDifference {
  readonly what: string;
  readonly settings?: Omit<OriginalSettings, 'flushInterval'>;
  /** Lines, with keys that no other difference uses. */
  readonly lines: readonly string[];
  /** Name in Graphite: the value of the original and that of statsdrain; undefined where the name is not sent. */
  readonly graphite: Readonly<Record<string, readonly [theirs: string | undefined, ours: string | undefined]>>;
}

const thresholds = { percentThreshold: [-99.9, 120] };
const oneToTen = (key: string) => Array.from({ length: 10 }, (_, index) => `${key}:${index + 1}|ms`);

export const deliberateDifferences: readonly DeliberateDifference[] = [
  {
    what: 'a CR at the end of a line is no part of a set member’s type',
    lines: ['cr.word:abc|s\r', 'cr.none:|s\r'],
    graphite: { 'stats.sets.cr.word.count': [undefined, '1'], 'stats.sets.cr.none.count': [undefined, '1'] },
  },
  {
    what: 'a CR lets no negative timer in',
    lines: ['cr.negative:-5|ms\r'],
    graphite: { 'stats.timers.cr.negative.lower': ['-5', undefined] },
  },
  {
    what: 'a CR after tags is no part of the last one',
    lines: ['cr.tag:1|c|#t:v\r'],
    graphite: { 'stats_counts.cr.tag;t=v_': ['1', undefined], 'stats_counts.cr.tag;t=v': [undefined, '1'] },
  },
  {
    what: 'a number that is not finite is bad',
    lines: [
      'endless.c:1e400|c',
      'endless.g:Infinity|g',
      'endless.rate:1|c|@0',
      'endless.hex:1|c|@0x2',
      'endless.t:1|ms|@0',
    ],
    graphite: {
      'stats_counts.endless.c': ['Infinity', undefined],
      'stats.gauges.endless.g': ['Infinity', undefined],
      'stats_counts.endless.rate': ['Infinity', undefined],
      'stats_counts.endless.hex': ['Infinity', undefined],
      'stats.timers.endless.t.count': ['Infinity', undefined],
    },
  },
  {
    what: 'names that every object of JavaScript has are ordinary',
    lines: ['constructor:1|c', 'toString:+1|g', '__proto__:1|c', '__proto__:2|g', 'member:__proto__|s'],
    graphite: {
      'stats.constructor': ['NaN', '2'],
      'stats.gauges.toString': [undefined, '1'],
      'stats_counts.__proto__': [undefined, '1'],
      'stats.gauges.__proto__': [undefined, '2'],
      'stats.sets.member.count': ['0', '1'],
    },
  },
  {
    what: 'each spelling of a key is added up by itself, then the sums: the last digit may differ',
    lines: ['spelt so:0.1|c', 'spelt_so:0.1|c', 'spelt so:0.4|c'],
    graphite: { 'stats_counts.spelt_so': ['0.6000000000000001', '0.6'] },
  },
  {
    what: 'a negative threshold of all values has their mean and sum',
    settings: thresholds,
    lines: oneToTen('top'),
    graphite: {
      'stats.timers.top.count_top99_9': ['10', '10'],
      'stats.timers.top.mean_top99_9': ['NaN', '5.5'],
      'stats.timers.top.sum_top99_9': ['NaN', '55'],
      'stats.timers.top.sum_squares_top99_9': ['NaN', '385'],
    },
  },
  {
    what: 'a threshold over 100 is of all values',
    settings: thresholds,
    lines: oneToTen('over'),
    graphite: {
      'stats.timers.over.count_120': ['12', '10'],
      'stats.timers.over.mean_120': ['NaN', '5.5'],
      'stats.timers.over.upper_120': [undefined, '10'],
      'stats.timers.over.sum_120': [undefined, '55'],
    },
  },
  {
    what: '"calculatedTimerMetrics" keeps fields of fractional thresholds',
    settings: { percentThreshold: [99.9], calculatedTimerMetrics: ['upper_percent'] },
    lines: oneToTen('kept'),
    graphite: { 'stats.timers.kept.upper_99_9': [undefined, '10'] },
  },
  {
    what: 'keys that are not sanitised bring no blanks into a line of Graphite',
    settings: { keyNameSanitize: false },
    lines: ['a b/c$:5|c|#k y:v/w'],
    graphite: { 'stats_counts.a_b-c;k y=v/w': ['5', undefined], 'stats_counts.a_b-c;k_y=v/w': [undefined, '5'] },
  },
];
