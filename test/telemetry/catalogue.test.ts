import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dropReasons, rejectReasons } from '../../src/protocol/reasons.ts';
import { windowLosses } from '../../src/telemetry/backend-report.ts';
import { type SelfMetric, selfMetrics } from '../../src/telemetry/catalogue.ts';
import { metricRows as cells, lossReasons, metricsPage as page, windowReasons } from '../helper/metrics-page.ts';

const root = new URL('../../', import.meta.url);

interface Call {
  readonly file: string;
  /** Its arguments, as they are written. */
  readonly args: readonly string[];
}

/** Where counters and losses are named: plugins, what they are made of, and what counts for them. */
const folders = ['frontends/', 'backends/', 'src/kit/', 'src/plugins/', 'src/ingest/', 'src/receive/'];
const files = folders
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      // What runs in a browser counts nothing: its numbers are those of the page.
      .filter((file) => file.endsWith('.ts') && !file.startsWith('live/page/'))
      .map((file) => folder + file),
  )
  .concat('src/dispatch/lane.ts', 'src/dispatch/lane-spool.ts', 'src/dispatch/sender.ts');

function codeOf(file: string): string {
  return readFileSync(new URL(file, root), 'utf8').replace(/^ *(?:\/\/|\/?\*).*$/gm, '');
}

/** All calls of functions of these names, not their declarations, whatever they belong to. */
function callsOf(names: string): Call[] {
  return files.flatMap((file) => {
    const code = codeOf(file);
    const found = code.matchAll(new RegExp(`(?<!function )\\b(?:${names})\\(`, 'g'));
    return [...found].flatMap((match) => {
      const { args, end } = argumentsAt(code, match.index + match[0].length);
      // A method of an interface or of an object, which is no call.
      return /^(?::| \{)/.test(code.slice(end)) ? [] : [{ file, args }];
    });
  });
}

/** The arguments from behind the opening bracket on, cut at commas that are in no bracket and no text. */
function argumentsAt(code: string, start: number): { args: readonly string[]; end: number } {
  const args: string[] = [];
  let current = '';
  let depth = 0;
  let quote = '';
  for (let at = start; at < code.length; at++) {
    const character = code[at]!;
    if (quote !== '') {
      if (character === '\\') current += code[at++];
      else if (character === quote) quote = '';
    } else if (`'"\``.includes(character)) quote = character;
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character) && depth-- === 0) {
      return { args: [...args, current].map((arg) => arg.trim()), end: at + 1 };
    }
    if (character === ',' && depth === 0 && quote === '') {
      args.push(current);
      current = '';
    } else current += code[at];
  }
  throw new Error('a bracket is not closed');
}

function literalsIn(text: string): string[] {
  return [...text.matchAll(/'([a-z][a-z0-9_.]*)'/g)].map(([, literal]) => literal!);
}

const counterCalls = callsOf('count|report');
const lossCalls = callsOf('lost|lose|loseItems|giveUp|giveUpRest|forget|rejected');

/** Those that the kit counts for every front-end that is posted to, under the prefix that it gives. */
const prefixes = files
  .filter((file) => /\b(?:bodyServer|httpFrontend)\(/.test(codeOf(file)))
  .flatMap((file) => [...codeOf(file).matchAll(/\bprefix: '([a-z_]+)'/g)].map(([, prefix]) => prefix!));
const prefixedCounters = counterCalls.flatMap(({ args: [name = ''] }) => {
  const [, rest] = /^`\$\{prefix\}\.([a-z_]+)`$/.exec(name) ?? [];
  return rest === undefined ? [] : prefixes.map((prefix) => `${prefix}.${rest}`);
});

/** The counters that front-ends and back-ends name in their own code, or have by the kit or the guard of foreign modules. */
const pluginCounters = [
  ...new Set(
    [...counterCalls.flatMap(({ args: [name = ''] }) => literalsIn(name)), ...prefixedCounters].map(
      (one) => `statsdrain.${one}`,
    ),
  ),
].sort();

/** Look where such a text comes from before you add one: `Loss`, `Lost`, `Refusal` and `Conflict` are the types that are read. */
const passedOn = {
  counters: [
    // A path of Graphite.
    'backends/graphite/statsd-encode.ts: key',
    'frontends/http/extract/output.ts: name',
    'frontends/http/transport/meter.ts: ...given',
    // Datagrams.
    'frontends/udp/kernel-drops.ts: (drops - seen) >>> 0',
    'src/kit/http/body-server.ts: name',
  ],
  losses: [
    'backends/graphite/index.ts: reason',
    // A family.
    'backends/prometheus/page/state.ts: conflict.owner',
    'backends/prometheus/page/state.ts: refused.reason',
    'backends/prometheus/remote-write/delivery.ts: sent',
    'backends/prometheus/remote-write/page.ts: refusal',
    'src/dispatch/lane-spool.ts: one',
    'src/dispatch/lane.ts: one',
    'src/dispatch/lane.ts: parcel',
    'src/dispatch/sender.ts: one',
    'src/dispatch/sender.ts: parcel',
    'src/dispatch/sender.ts: window',

    'src/kit/http/backend.ts: reason',
    'src/kit/http/backend.ts: route',
  ],
};

/** Calls whose first argument has no text in it: `file: argument`. */
function unnamed(calls: readonly Call[]): string[] {
  // The socket file of a listener can be lost too.
  const named = calls.filter(
    ({ args: [first = ''] }) => first !== '' && !first.startsWith('new Error(') && !/^`\$\{prefix\}\./.test(first),
  );
  const found = named.filter(({ args }) => args.every((arg) => literalsIn(arg).length === 0));
  return [...new Set(found.map(({ file, args }) => `${file}: ${args[0]}`))].sort();
}

describe('docs/METRICS.md', () => {
  it.each<SelfMetric>(Object.values(selfMetrics))('$name', ({ name, type, tags, meaning, unit }) => {
    expect(cells.filter(([, cell]) => cell === name).map((row) => row.slice(2, 5))).toEqual([
      [type, tags.join(', '), unit === undefined ? meaning : `${meaning}, ${unit}`],
    ]);
  });

  it('has every counter of a front-end or back-end, and no other series', () => {
    const known = [...Object.values(selfMetrics).map(({ name }) => name), ...pluginCounters];
    expect(pluginCounters.length).toBeGreaterThan(10);
    // A name may stand in the table of front-ends and in that of back-ends.
    expect([...new Set(cells.map(([, name]) => name))].sort()).toEqual(known.sort());
  });

  it.each([...rejectReasons, ...dropReasons])('explains the reason %s', (reason) => {
    expect(page).toContain(`\`${reason}\``);
  });

  it('has every reason for which items are left out, and no other', () => {
    const types = files.flatMap((file) => codeOf(file).match(/\btype (?:Loss|Lost|Refusal|Conflict) =[^;]*;/g) ?? []);
    const told = files.flatMap((file) => codeOf(file).match(/\bpermanent: true, reason: [^}]*\}/g) ?? []);
    const found = [...lossCalls.flatMap(({ args }) => args), ...types, ...told].flatMap(literalsIn);
    expect([...new Set(found)].sort()).toEqual([...lossReasons].sort());
  });

  it('has every reason for which windows are lost, and no other', () => {
    expect([...windowReasons].sort()).toEqual([...windowLosses].sort());
  });

  it('misses none: each that is passed on by a variable is one of these, whose texts are in other calls or in types', () => {
    expect(unnamed(counterCalls)).toEqual(passedOn.counters);
    expect(unnamed(lossCalls)).toEqual(passedOn.losses);
  });
});
