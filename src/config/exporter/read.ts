import { LineCounter, parseAllDocuments } from 'yaml';
import { PatternFault } from '../../pattern/fault.ts';
import { REST } from '../../pattern/glob-tree.ts';
import { parseSearch } from '../../pattern/regex.ts';
import type { SeriesRule } from '../../plugin.ts';
import { createReader, quoted, type Reader, type Remark } from './check.ts';
import { type Field, type Part, partOf } from './node.ts';
import { DURATION, NO_OBSERVER, OBSERVER_KEYS, type ObserverSettings, observerOf, readObserver } from './observer.ts';
import type { ExporterRule, ExporterRules, Label } from './rules.ts';
import { booleanOf, durationOf, numberOf } from './scalars.ts';

export interface ReadFile {
  /** As far as there are no faults. */
  readonly rules: ExporterRules;
  readonly faults: readonly Remark[];
  readonly warnings: readonly Remark[];
}

const MATCH_TYPES = new Map([
  ['glob', 'glob'],
  ['regex', 'regex'],
] as const);
const METRIC_TYPES = new Map([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['observer', 'observer'],
  ['timer', 'observer'],
] as const);
const ACTIONS = new Map([
  ['map', 'map'],
  ['drop', 'drop'],
] as const);

/** Reads a mapping file of statsd_exporter, in the spellings of all its versions. Never throws. */
export function readExporterFile(text: string): ReadFile {
  const reader = createReader();
  return readRoot(rootOf(text, reader), reader);
}

/** Likewise what such a file says, written otherwise. */
export function readExporterRules(root: Part): ReadFile {
  return readRoot(root, createReader());
}

function readRoot(root: Part | undefined, reader: Reader): ReadFile {
  const fields = reader.map(root, 'the file') ?? new Map<string, Field>();
  reader.onlyKnown(fields, ['defaults', 'mappings'], 'the file');
  const defaults = reader.map(fields.get('defaults')?.value, '"defaults"') ?? new Map<string, Field>();
  reader.onlyKnown(defaults, [...OBSERVER_KEYS, 'match_type', 'glob_disable_ordering', 'ttl'], '"defaults"');
  const observer = readObserver(reader, defaults, NO_OBSERVER);
  const above = {
    observer,
    matchType: reader.oneOf(defaults.get('match_type'), 'match_type', MATCH_TYPES) ?? ('glob' as const),
    ttlMs: readTtl(reader, defaults.get('ttl')) ?? 0,
  };
  const disabled = reader.value(
    defaults.get('glob_disable_ordering'),
    'glob_disable_ordering',
    booleanOf,
    '"true" or "false"',
  );
  const items = reader.list(fields.get('mappings'), 'mappings') ?? [];
  const rules = items.flatMap((item) => readRule(reader, item, above) ?? []);
  warnOfHelp(reader, rules);
  const { faults, warnings } = reader;
  return {
    rules: { globsInOrder: disabled !== true, defaults: seriesRule(above.ttlMs, observer), rules },
    faults: inOrder(faults),
    warnings: inOrder(warnings),
  };
}

function inOrder(remarks: readonly Remark[]): readonly Remark[] {
  return [...remarks].sort((a, b) => a.line - b.line);
}

/** Of one name a page tells one meaning. */
function warnOfHelp(reader: Reader, rules: readonly ExporterRule[]): void {
  const helps = new Map<string, string>();
  for (const { name, line, series } of rules) {
    if (series.help === undefined) continue;
    const first = helps.get(name) ?? series.help;
    helps.set(name, first);
    if (first === series.help) continue;
    reader.warn(line, `"help" is another one than in the first rule with the name ${quoted(name)}: only one is shown`);
  }
}

/** Only the first document of a file is read. */
function rootOf(text: string, reader: Reader): Part | undefined {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.1',
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  if (document === undefined) return undefined;
  if (Array.isArray(documents) && documents.length > 1) {
    reader.warn(lines.linePos(documents[1]!.range[0]).line, 'a second document begins here: it is ignored');
  }
  for (const { pos, message } of document.errors) reader.fault(lines.linePos(pos[0]).line, message);
  if (document.errors.length > 0) return undefined;
  try {
    return partOf(document.contents, { lines, resolve: (alias) => alias.resolve(document) });
  } catch (error) {
    reader.fault(1, (error as Error).message);
    return undefined;
  }
}

function readTtl(reader: Reader, field: Field | undefined): number | undefined {
  const ttl = reader.value(field, 'ttl', durationOf, DURATION);
  if (ttl !== undefined && ttl !== 0 && field?.value.kind === 'text' && /^[+-]?\d+$/.test(field.value.text)) {
    reader.warn(
      field.line,
      `"ttl" is ${quoted(field.value.text)}, which is that many nanoseconds; write "${field.value.text}s"`,
    );
  }
  return ttl;
}

interface Above {
  readonly observer: ObserverSettings;
  readonly matchType: ExporterRule['matchType'];
  readonly ttlMs: number;
}

const RULE_KEYS = [
  ...OBSERVER_KEYS,
  'match',
  'match_type',
  'match_metric_type',
  'name',
  'labels',
  'honor_labels',
  'ttl',
  'scale',
  'help',
  'action',
];

function readRule(reader: Reader, item: Part, above: Above): ExporterRule | undefined {
  const fields = reader.map(item, 'a rule of "mappings"');
  if (fields === undefined) return undefined;
  const { line } = item;
  reader.onlyKnown(fields, RULE_KEYS, 'a rule');
  const match = reader.text(fields.get('match'), 'match') ?? '';
  const name = reader.text(fields.get('name'), 'name') ?? '';
  const matchType = reader.oneOf(fields.get('match_type'), 'match_type', MATCH_TYPES) ?? above.matchType;
  const metricType = reader.oneOf(fields.get('match_metric_type'), 'match_metric_type', METRIC_TYPES);
  const help = reader.text(fields.get('help'), 'help');
  checkMatch(reader, fields.get('match')?.line ?? line, match, matchType);
  if (name === '') reader.fault(line, 'a rule has no "name"; one that drops needs it too');
  else if (!NAME.test(name)) reader.fault(line, `"name" is ${quoted(name)}; ${NAME_RULE}`);
  const ttlMs = readTtl(reader, fields.get('ttl'));
  return {
    line,
    match,
    matchType,
    ...(metricType === undefined ? {} : { metricType }),
    action: reader.oneOf(fields.get('action'), 'action', ACTIONS) ?? 'map',
    name,
    labels: readLabels(reader, fields.get('labels')),
    honorLabels: reader.value(fields.get('honor_labels'), 'honor_labels', booleanOf, '"true" or "false"') ?? false,
    scale: reader.value(fields.get('scale'), 'scale', numberOf, 'a number') ?? 1,
    series: {
      ...(help === undefined || help === '' ? {} : { help }),
      ...seriesRule(ttlMs || above.ttlMs, readObserver(reader, fields, above.observer)),
    },
  };
}

/** A time to live of 0 is that of what is above, or none. */
function seriesRule(ttlMs: number, settings: ObserverSettings): Pick<SeriesRule, 'ttlMs' | 'observer'> {
  const observer = observerOf(settings);
  return { ...(ttlMs === 0 ? {} : { ttlMs }), ...(observer === undefined ? {} : { observer }) };
}

/** Of the exporter: `metricNameRE`. */
const NAME = /^(?:[a-zA-Z_]|\$\{?\w+\}?)(?:[a-zA-Z0-9_]|\$\{?\w+\}?)*$/;
const NAME_RULE = 'it must be letters, digits, "_" and references such as "$1", and not begin with a digit';
const GLOB_PART = /^(?:\*|[A-Za-z0-9_-]*)$/;

function checkMatch(reader: Reader, line: number, match: string, matchType: ExporterRule['matchType']): void {
  if (matchType === 'regex') {
    try {
      parseSearch(match);
    } catch (error) {
      if (!(error instanceof PatternFault)) throw error;
      reader.fault(line, `"match" ${quoted(match)} ${error.message}`);
    }
    return;
  }
  if (match === '') {
    reader.fault(line, 'a rule has no "match"');
    return;
  }
  const parts = match.split('.');
  const bad = parts.find((part, at) => !GLOB_PART.test(part) && !(part === REST && at === parts.length - 1));
  const rule =
    'parts between dots are "*", or letters, digits, "_" and "-", and the last one may be "**"; use "match_type: regex" for others';
  if (bad !== undefined) reader.fault(line, `"match" is ${quoted(match)}, which has the part ${quoted(bad)}; ${rule}`);
  else if (/^[\d-]/.test(match))
    reader.fault(line, `"match" is ${quoted(match)}; it must not begin with a digit or "-"`);
}

const LABEL = /^[a-zA-Z_]\w+$/;
const RESERVED = new Map([
  ['le', 'it is that of the bounds of histograms'],
  ['quantile', 'it is that of the quantiles of summaries'],
]);

function readLabels(reader: Reader, field: Field | undefined): readonly Label[] {
  const labels: Label[] = [];
  for (const [key, value] of reader.map(field?.value, '"labels"') ?? []) {
    const text = reader.text(value, key);
    const why =
      RESERVED.get(key) ?? (key.startsWith('__') ? 'names that begin with "__" are Prometheus\' own' : undefined);
    if (why !== undefined) reader.fault(value.line, `the label ${quoted(key)} cannot be used: ${why}`);
    else if (!LABEL.test(key)) {
      reader.fault(
        value.line,
        `the label ${quoted(key)} must be a letter or "_", and then one or more of letters, digits and "_"`,
      );
    } else if (text !== undefined) labels.push({ key, value: text });
  }
  return labels;
}
