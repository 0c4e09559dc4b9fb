import type { NameStage } from '../config/mapping-rules.ts';
import type { Rule } from './rule.ts';

/** Lets a name through that is allowed, where only some are, and not blocked. */
export function createNames({ allow, block }: NameStage): Rule {
  const allowed = allow === undefined ? undefined : createList(allow);
  const blocked = createList(block);
  return (_type, identity) => {
    const blocking = blocked(identity.name);
    if (blocking >= 0) {
      return { rule: `block[${blocking}]`, says: `blocked by "${block[blocking]}"`, result: undefined };
    }
    if (allow === undefined || allowed === undefined) {
      return { rule: 'block', says: 'not blocked', result: identity };
    }
    const allowing = allowed(identity.name);
    if (allowing < 0)
      return { rule: 'allow', says: 'blocked: it is none of the names that are allowed', result: undefined };
    return { rule: `allow[${allowing}]`, says: `allowed by "${allow[allowing]}"`, result: identity };
  };
}

/** Gives the place of the entry that a name is among; -1 without one. Lists of blocked names may have thousands. */
function createList(entries: readonly string[]): (name: string) => number {
  const names = new Map<string, number>();
  const beginnings = new Map<string, number>();
  const lengths = new Set<number>();
  for (const [place, entry] of entries.entries()) {
    if (!entry.endsWith('*')) names.set(entry, place);
    else {
      beginnings.set(entry.slice(0, -1), place);
      lengths.add(entry.length - 1);
    }
  }
  return (name) => {
    const exact = names.get(name);
    if (exact !== undefined) return exact;
    for (const length of lengths) {
      const place = length > name.length ? undefined : beginnings.get(name.slice(0, length));
      if (place !== undefined) return place;
    }
    return -1;
  };
}
