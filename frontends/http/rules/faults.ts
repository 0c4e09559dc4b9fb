import { regexFault } from '../../../src/kit/regex.ts';
import { didYouMean } from '../../../src/kit/suggest.ts';
import { ORIGIN_FIELDS } from './fields.ts';
import { namesOf, PatternFault, parsePattern } from './pattern.ts';
import { compileRegex } from './regex-fields.ts';
import { type Fault, LONGEST_PATTERN, type Metric, type Rule } from './rule-set.ts';
import { parseTemplate, type Reference, referencesIn, TemplateFault } from './template.ts';
import { faultOfCondition } from './where.ts';

/** The fields that a rule can ask for. */
interface Known {
  readonly has: (field: string) => boolean;
  readonly names: readonly string[];
}

/** What is wrong with a rule beyond its shape. */
export function faultsOfRule(rule: Rule): Fault[] {
  const faults = faultsOfParse(rule);
  const known = faults.length > 0 ? ANY : knownFields(rule);
  for (const [index, condition] of rule.where.entries()) {
    const path = ['where', index];
    const fault = faultOfCondition(condition);
    if (fault !== undefined) faults.push({ path: [...path, 'value'], message: fault });
    const field = faultOfField(condition.field, `"${condition.field}"`, known);
    if (field !== undefined) faults.push({ path: [...path, 'field'], message: field });
  }
  for (const [index, metric] of rule.metrics.entries()) {
    for (const { path, message } of faultsOfMetric(metric, rule, known)) {
      faults.push({ path: ['metrics', index, ...path], message });
    }
  }
  return faults;
}

const ANY: Known = { has: () => true, names: [] };

function knownFields({ parse, pattern = '', regex = '' }: Rule): Known {
  switch (parse) {
    case 'logfmt':
    case 'json':
      return ANY;
    case 'none':
      return { has: () => false, names: [] };
    case 'pattern': {
      const names = namesOf(parsePattern(pattern));
      return { has: (field) => names.includes(field), names };
    }
    case 'regex': {
      const { group, names } = compileRegex(regex);
      return { has: (field) => group(field) !== undefined, names };
    }
    default:
      return parse satisfies never;
  }
}

function faultsOfParse({ parse, when, pattern, regex }: Rule): Fault[] {
  const faults: Fault[] = [];
  const fault = (key: string, message: string) => faults.push({ path: [key], message });
  for (const [key, text] of [['pattern', pattern] as const, ['regex', regex] as const]) {
    if (text !== undefined && parse !== key) fault(key, `belongs to "parse": "${key}", and "parse" is "${parse}"`);
    if (parse !== key) continue;
    if (text === undefined) fault(key, `is missing; "parse": "${key}" needs it`);
    else if (text.length > LONGEST_PATTERN) fault(key, `has ${text.length} characters; ${LONGEST_PATTERN} are allowed`);
    else {
      const wrong = key === 'regex' ? regexFault(text) : patternFault(text);
      if (wrong !== undefined) fault(key, `${JSON.stringify(text)} ${wrong}`);
    }
  }
  if (parse === 'regex' && when.contains === undefined) {
    const message =
      'is missing; a rule with a regular expression needs a text that its lines have, since only those are tried';
    faults.push({ path: ['when', 'contains'], message });
  }
  return faults;
}

function patternFault(text: string): string | undefined {
  try {
    parsePattern(text);
    return undefined;
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

function faultOfField(field: string, written: string, { has, names }: Known): string | undefined {
  if (field.startsWith('@')) {
    if (ORIGIN_FIELDS.some((name) => name === field)) return undefined;
    return `${written} is none of what is known beside the text of a line (${ORIGIN_FIELDS.join(', ')})`;
  }
  if (has(field)) return undefined;
  const list = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`;
  return `${written} is no field that "parse" gives (${list})${didYouMean(field, names)}`;
}

function faultsOfMetric(metric: Metric, rule: Rule, known: Known): Fault[] {
  const faults: Fault[] = [];
  const template: TemplateFaults = (text, path) => {
    try {
      const references = referencesIn(parseTemplate(text));
      for (const reference of references) {
        const message = faultOfField(reference.field, `"${reference.written}"`, known) ?? faultOfMap(reference, rule);
        if (message !== undefined) faults.push({ path, message });
      }
      return references;
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      faults.push({ path, message: `${JSON.stringify(text)} ${error.message}` });
      return undefined;
    }
  };
  template(metric.name, ['name']);
  if (metric.name.startsWith('statsdrain.')) {
    faults.push({
      path: ['name'],
      message: 'must not start with "statsdrain.": these are the names of the server itself',
    });
  }
  const literal = metric.name.replace(/\$\$|\$\{[^}]*\}?|\$@?\w+/g, '');
  if (/[^A-Za-z0-9_.:/-]/.test(literal)) {
    faults.push({ path: ['name'], message: `"${metric.name}" has characters other than A-Z a-z 0-9 _ . : / and -` });
  }
  for (const [key, text] of Object.entries(metric.tags)) template(text, ['tags', key]);
  faults.push(...faultsOfValue(metric, template));
  return faults;
}

/** Finds what is wrong with a template, and gives the fields in it; undefined where it is none. */
type TemplateFaults = (text: string, path: Fault['path']) => readonly Reference[] | undefined;

function faultOfMap({ filter, map, field, written }: Reference, { maps }: Rule): string | undefined {
  const name = map ?? field;
  if (filter !== 'map' || Object.hasOwn(maps, name)) return undefined;
  const names = Object.keys(maps);
  const list = names.length === 0 ? 'it has none' : `it has: ${names.join(', ')}`;
  return `"${written}" needs a map "${name}" in "maps" of the rule (${list})${didYouMean(name, names)}`;
}

function faultsOfValue(metric: Metric, template: TemplateFaults): Fault[] {
  const { type, value, scale, unit } = metric;
  const fault = (key: string, message: string): Fault[] => [{ path: [key], message }];
  if (type === 'unique') {
    for (const key of ['unit', 'default'] as const) {
      if (metric[key] !== undefined) return fault(key, 'belongs to a number, and the value of "unique" is a text');
    }
    if (scale !== 1) return fault('scale', 'belongs to a number, and the value of "unique" is a text');
    if (value === undefined) return fault('value', 'is missing; "unique" counts its different values');
    template(String(value), ['value']);
    return [];
  }
  if (value === undefined)
    return type === 'count' ? [] : fault('value', `is missing; "${type}" needs a number or a field`);
  if (typeof value === 'number') {
    return type === 'count' && value * scale < 0 ? fault('value', 'is negative, and a count only adds') : [];
  }
  const references = template(value, ['value']);
  if (references === undefined) return [];
  const [reference] = references;
  if (reference?.written === value && reference.filter === undefined && reference.fallback === undefined) return [];
  const more = unit === undefined ? '' : ' (its unit is in "unit")';
  return fault(
    'value',
    `${JSON.stringify(value)} is not one field, such as "$ms" or "\${duration}", or a number${more}; for what is missing there is "default"`,
  );
}
