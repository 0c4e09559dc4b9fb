import type { ExporterRule, ExporterRules } from '../config/exporter/rules.ts';
import type { ExporterStage } from '../config/mapping-rules.ts';
import { parseGlobTemplate } from '../pattern/glob-template.ts';
import { createGlobTree, type GlobTree } from '../pattern/glob-tree.ts';
import { createLiteralIndex } from '../pattern/literal-index.ts';
import { groupText } from '../pattern/matcher.ts';
import { parseSearch } from '../pattern/regex.ts';
import { requiredLiterals } from '../pattern/required-literals.ts';
import { expand, parseTemplate, type Template } from '../pattern/template.ts';
import type { MetricType, SeriesRule } from '../plugin.ts';
import { type Identity, type IdentityRule, named } from '../protocol/identity.ts';
import type { MappingStep, Rule } from './rule.ts';
import { type Labels, withLabels } from './rule-labels.ts';

/**
 * The mapper of statsd_exporter: globs go before regular expressions, and one rule is taken. A series has then what that rule says besides
 * its name, or what the file says of all where none matches.
 */
export function createExporterRules({ rules: given, unmapped, file }: ExporterStage): Rule {
  const rules = given.rules.map((rule, index) => createRule(rule, index, file));
  const findGlob = createGlobs(given);
  const findRegex = createRegexes(given.rules);
  const defaults = identityRule(1, given.defaults);

  return (type, identity) => {
    const found = findGlob(kindOf(type), identity.name) ?? findRegex(kindOf(type), identity.name);
    if (found !== undefined) return rules[found.rule]!(identity, found.text);
    if (unmapped === 'drop') {
      return { rule: 'unmapped', says: 'blocked: no rule matches', result: undefined, unmapped: true };
    }
    const result = defaults === undefined ? identity : named(identity.name, identity, defaults);
    return { rule: 'mappings', says: 'no rule matches', result, unmapped: true };
  };
}

/** What a group or a `*` took. */
type GroupText = (group: number | string) => string;

interface Found {
  readonly rule: number;
  readonly text: GroupText;
}

type Find = (kind: Kind, name: string) => Found | undefined;

type Kind = NonNullable<ExporterRule['metricType']>;

/** As which a page shows them. */
function kindOf(type: MetricType): Kind {
  switch (type) {
    case 'counter':
      return 'counter';
    case 'gauge':
    case 'set':
      return 'gauge';
    case 'timer':
    case 'histogram':
    case 'distribution':
      return 'observer';
    default: {
      const unexpected: never = type;
      throw new Error(`no such type: ${unexpected}`);
    }
  }
}

function createRule({ match, line, action, honorLabels, ...rule }: ExporterRule, index: number, file?: string) {
  const isGlob = rule.matchType === 'glob';
  const stars = match.split('.').filter((part) => part.startsWith('*')).length;
  const parse = (text: string): Template => (isGlob ? parseGlobTemplate(text, stars) : parseTemplate(text));
  const name = parse(rule.name);
  const labels = rule.labels.map(({ key, value }) => [key, parse(value)] as const);
  const given = identityRule(rule.scale, rule.series);
  const where = file === undefined ? '' : ` (${file}, line ${line})`;
  const told = { rule: `mappings[${index}]`, says: `matches "${match}"${where}` };

  return (identity: Identity, text: GroupText): MappingStep => {
    if (action === 'drop') return { ...told, says: `blocked: it ${told.says}`, result: undefined };
    const expanded = expand(name, text);
    if (expanded === '') {
      const says = `blocked: it ${told.says}, which gives it the empty name "${rule.name}"`;
      return { ...told, says, result: undefined };
    }
    const own: Labels = new Map(labels.map(([key, value]) => [key, expand(value, text)]));
    return { rule: told.rule, says: told.says, result: named(expanded, withLabels(identity, own, honorLabels), given) };
  };
}

/** Undefined where nothing is said. */
function identityRule(scale: number, series: SeriesRule): IdentityRule | undefined {
  return scale === 1 && Object.keys(series).length === 0 ? undefined : { scale, series };
}

function createGlobs({ rules, globsInOrder }: ExporterRules): Find {
  const trees: Readonly<Record<Kind, GlobTree>> = {
    counter: createGlobTree(globsInOrder),
    gauge: createGlobTree(globsInOrder),
    observer: createGlobTree(globsInOrder),
  };
  for (const [index, { match, matchType, metricType }] of rules.entries()) {
    if (matchType !== 'glob') continue;
    const concerned = metricType === undefined ? Object.values(trees) : [trees[metricType]];
    for (const tree of concerned) tree.add(match, index);
  }
  return (kind, name) => {
    const found = trees[kind].find(name);
    if (found === undefined) return undefined;
    return { rule: found.rule, text: (group) => found.captures[Number(group) - 1] ?? '' };
  };
}

/** A search costs some microseconds, so only those are asked whose literals are in the name. */
function createRegexes(rules: readonly ExporterRule[]): Find {
  const regexes = rules.flatMap(({ match, matchType, metricType }, rule) =>
    matchType === 'regex' ? [{ rule, match, metricType, matcher: parseSearch(match) }] : [],
  );
  const index = createLiteralIndex(regexes.map(({ match }) => requiredLiterals(match)));
  return (kind, name) => {
    for (const at of index.candidates(name)) {
      const { rule, metricType, matcher } = regexes[at]!;
      if (metricType !== undefined && metricType !== kind) continue;
      const matched = matcher.match(name);
      if (matched !== undefined) return { rule, text: groupText(matcher, matched) };
    }
    return undefined;
  };
}
