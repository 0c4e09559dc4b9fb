import type { NamespaceStage } from '../config/mapping-rules.ts';
import type { Rule } from './rule.ts';

/** Before the name, but not of those that begin with an exception. */
export function createNamespace({ prefix, except }: NamespaceStage): Rule {
  return (_type, identity) => {
    const exception = except.findIndex((beginning) => identity.name.startsWith(beginning));
    if (exception >= 0) {
      const says = `no namespace: it begins with "${except[exception]}"`;
      return { rule: `namespaceExcept[${exception}]`, says, result: identity };
    }
    return {
      rule: 'namespace',
      says: `"${prefix}" before the name`,
      result: { ...identity, name: prefix + identity.name },
    };
  };
}
