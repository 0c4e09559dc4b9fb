import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { refuseKey } from '../../src/protocol/admit.ts';
import { isEvent, isServiceCheck } from '../../src/protocol/event.ts';
import { createScanner } from '../../src/protocol/scan.ts';
import { statsdKey } from '../../src/protocol/statsd-key.ts';
import { openOriginal } from '../helper/original.ts';
import type { StatsdContents } from '../helper/statsd-contents.ts';
import { plainLine } from '../protocol/lines.ts';
import { autoDifferences, isListed } from './auto-differences.ts';
import { packet } from './grammar.ts';
import { linesIn, partsOf, textOf } from './lines.ts';
import { randomFrom } from './random.ts';
import { differs, ruins } from './rules.ts';

/** How the dialect `auto` reads lines, next to the original: docs/REPLACING-STATSD.md lists what is not the same. */

const original = openOriginal();
const scanner = createScanner(4096);

/** What the original makes of a line, as sorted texts `type key value …`. */
function readByOriginal(line: string): string[] {
  original.packet(Buffer.from(line));
  return texts(original.take());
}

function texts({ counters, gauges, timers, timerCounts, sets }: StatsdContents): string[] {
  const said: string[] = [];
  const say = (...words: (string | number)[]) => said.push(words.filter((word) => word !== '').join(' '));
  for (const [key, sum] of counters) say('counter', key, sum);
  for (const [key, value] of gauges) say('gauge', key, value + 0);
  for (const [key, values] of timers) {
    const count = timerCounts.get(key)!;
    say('timer', key, ...[...values].sort((a, b) => a - b), count === values.length ? '' : `of ${count}`);
  }
  for (const [key, members] of sets) say('set', key, ...members);
  return said.length === 0 ? ['bad line'] : said.sort();
}

/** Likewise in the dialect `auto`. `keyOf` names a series by its name and tag section. */
function readByAuto(line: string, keyOf: (name: string, tags: string) => string): string[] {
  const bytes = Buffer.from(line);
  if (isEvent(bytes, 0, bytes.length)) return ['an event'];
  if (isServiceCheck(bytes, 0, bytes.length)) return ['a service check'];
  const { scan } = scanner;
  const reason = scanner.read(bytes, 0, bytes.length, 'auto') ?? refuseKey(bytes, scan, defaultSettings.limits);
  if (reason !== undefined) return [`refused: ${reason}`];
  const { name, tags, groups, timestamp } = plainLine(scan, bytes, 'utf8');
  const key = keyOf(name, tags);
  const counters = new Map<string, number>();
  const gauges = new Map<string, number>();
  const timers = new Map<string, number[]>();
  const timerCounts = new Map<string, number>();
  const members = new Set<string>();
  const others: string[] = [];
  for (const { type, weight, values = [], deltas = [], members: some = [] } of groups) {
    for (const member of some) members.add(member);
    for (const [index, value] of values.entries()) {
      if (type === 'counter') counters.set(key, (counters.get(key) ?? 0) + value * weight);
      else if (type === 'gauge') gauges.set(key, (deltas[index] ? (gauges.get(key) ?? 0) : 0) + value);
      else if (type === 'timer') {
        timers.set(key, [...(timers.get(key) ?? []), value]);
        timerCounts.set(key, (timerCounts.get(key) ?? 0) + weight);
      } else others.push(`${type} ${key} ${value}`);
    }
  }
  const sets = new Map(members.size > 0 ? [[key, [...members].sort()]] : []);
  const at = timestamp === undefined ? '' : ` at ${timestamp}`;
  const said = texts({ counters, gauges, timers, timerCounts, sets, packets: 0, lines: 0, badValues: 0 }).map(
    (text) => text + at,
  );
  return others.length === 0 ? said : [...said.filter((text) => text !== 'bad line'), ...others].sort();
}

/** Counters that the original keeps, taking them for its own. */
const KEPT = /bad_lines_seen|(?:packets|metrics)_received/;

const isRefused = ([first = '']: readonly string[]) => first === 'bad line' || first.startsWith('refused');
const asTheirs = (name: string, tags: string) => statsdKey(name, tags, true);
/** As sent, with tags as the original writes them. */
const asSent = (name: string, tags: string) => (tags === '' ? name : `${name};${tags.replaceAll(':', '=')}`);

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const page = read('docs/REPLACING-STATSD.md');
const rows = page.split('\n').map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
const rowsOf = (what: string) => rows.filter((cells) => cells.length === 6 && cells[1] === what);
/** As a cell of a table has it. */
const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
const visible = (line: string) =>
  line.replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('a line that the dialect auto reads differently', () => {
  it.each(autoDifferences)('$what', ({ what, line, original: theirs, auto }) => {
    expect([readByOriginal(line), readByAuto(line, asSent)]).toEqual([[theirs], [auto]]);
    expect(rowsOf(what)).toEqual([['', what, code(visible(line)), theirs, auto, '']]);
  });

  it.each([
    ['refused', (theirs: string, auto: string) => theirs !== 'bad line' && auto.startsWith('refused')],
    ['taken', (theirs: string) => theirs === 'bad line'],
    ['read in another way', (theirs: string, auto: string) => theirs !== 'bad line' && !auto.startsWith('refused')],
  ] as const)('is in the list of README: %s', (kind, isOfKind) => {
    const whats = autoDifferences
      .filter(({ original: theirs, auto }) => isOfKind(theirs, auto))
      .map(({ what }) => what);
    expect(read('README.md').replace(/\s+/g, ' ')).toContain(`- ${kind}: ${whats.join('; ')}. `);
  });

  it('has one reason each', () => {
    for (const { what, line } of autoDifferences) {
      const reasons = autoDifferences.filter(({ applies }) => applies(line, partsOf(line)));
      expect(reasons.map((each) => each.what)).toEqual(what === 'spellings of one key' ? [] : [what]);
    }
  });

  it('is in the list, whatever it is', () => {
    const random = randomFrom(13);
    const lines = Array.from({ length: 12_000 }, () => linesIn(textOf(packet(random), 'udp'), 'udp')).flat();
    let same = 0;
    for (const line of lines) {
      if (KEPT.test(partsOf(line).key) || ruins(line) || differs(line, false) || isListed(line)) continue;
      const theirs = readByOriginal(line.endsWith('\r') && line.length > 1 ? line.slice(0, -1) : line);
      const ours = readByAuto(line, asTheirs);
      if (!(isRefused(theirs) && isRefused(ours))) expect([line, ...ours]).toEqual([line, ...theirs]);
      same++;
    }
    expect(same).toBeGreaterThan(lines.length / 2);
  });
});
