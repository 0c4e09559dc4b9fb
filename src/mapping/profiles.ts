import type { Profile, ProfileMapping, ProfileStage } from '../config/mapping-rules.ts';
import { groupText } from '../pattern/matcher.ts';
import { parseMatcher } from '../pattern/parse.ts';
import { expand, parseTemplate } from '../pattern/template.ts';
import type { Identity } from '../protocol/identity.ts';
import type { Rule } from './rule.ts';
import { withTags } from './with-tags.ts';

/**
 * The mapper of the Datadog Agent: the first profile whose prefix a name begins with is final, whether or not one of its mappings
 * matches. Tags that a series has already stay.
 */
export function createProfiles({ profiles }: ProfileStage): Rule {
  const ready = profiles.map(createProfile);
  return (_type, identity) => {
    const at = ready.findIndex(({ fits }) => fits(identity.name));
    const profile = ready[at];
    if (profile === undefined)
      return { rule: 'profiles', says: 'it begins with the prefix of no profile', result: identity };
    for (const [index, map] of profile.mappings.entries()) {
      const mapped = map(identity);
      if (mapped === undefined) continue;
      return { rule: `profiles[${at}].mappings[${index}]`, ...mapped };
    }
    const says = `it begins with "${profile.prefix}" of profile "${profile.name}", and no mapping there matches`;
    return { rule: `profiles[${at}]`, says, result: identity };
  };
}

function createProfile({ name, prefix, mappings }: Profile) {
  return {
    name,
    prefix,
    fits: (metric: string) => prefix === '*' || metric.startsWith(prefix),
    mappings: mappings.map(createProfileMapping),
  };
}

/** Undefined for a name that it does not match. */
type Map = (identity: Identity) => { readonly says: string; readonly result: Identity } | undefined;

function createProfileMapping({ match, matchType, name, tags }: ProfileMapping): Map {
  const matcher = parseMatcher(matchType, match);
  const nameTemplate = parseTemplate(name);
  const tagTemplates = Object.entries(tags).map(([key, value]) => [key, parseTemplate(value)] as const);
  return (identity) => {
    const matched = matcher.match(identity.name);
    if (matched === undefined) return undefined;
    const text = groupText(matcher, matched);
    const mapped = expand(nameTemplate, text);
    const added = tagTemplates.map(([key, template]) => `${key}:${expand(template, text)}`);
    const unnamed = mapped === '' ? `, and keeps its name, which "${name}" would leave empty` : '';
    const result = withTags({ ...identity, name: mapped === '' ? identity.name : mapped }, added);
    return { says: `matches "${match}"${unnamed}`, result };
  };
}
