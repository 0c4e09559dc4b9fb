import { watchContent } from '../../../src/kit/watch.ts';
import type { FrontendContext } from '../../../src/plugin.ts';
import { readRules } from './file.ts';
import type { RuleSet } from './rule-set.ts';

/**
 * Calls `replace` with the new rules whenever the file holds others that can be used. Of those that cannot be, each mistake is told, and the
 * rules before stay. Gives what ends the watch.
 */
export function followRules(
  file: string,
  replace: (set: RuleSet) => void,
  { log, kit }: Pick<FrontendContext, 'log' | 'kit'>,
  watch: typeof watchContent = watchContent,
): () => void {
  return watch({
    file,
    changed() {
      const read = readRules(file, kit);
      if (read.ok) {
        replace(read.set);
        log.info('reads lines by other rules', { file, rules: read.set.rules.map(({ name }) => name) });
        return;
      }
      for (const problem of read.problems) log.error(problem);
      log.error('the rules were not replaced; going on with those that were there before', { file });
    },
    gone: () => log.warn(`"${file}" is gone; going on with the rules that were in it, which a restart needs back`),
  });
}
