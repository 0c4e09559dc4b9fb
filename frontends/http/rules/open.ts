import type { ConfigKit, FrontendContext, Intake } from '../../../src/plugin.ts';
import type { GivenRules } from './config.ts';
import { followRules } from './follow.ts';
import { createRuleBook, type RuleBook } from './rules.ts';

export interface OpenRules {
  readonly book: RuleBook;
  /** Ends the watch of their file. */
  close(): void;
}

/** The rules of a front-end at work, which change with their file where there is a kit to read it with. */
export function openRules(
  { file, set }: GivenRules,
  intake: Pick<Intake, 'series' | 'member' | 'count' | 'discard'>,
  { log, kit }: Pick<FrontendContext, 'log'> & { readonly kit?: ConfigKit | undefined },
): OpenRules {
  const output = {
    series: (...[type, name, tags]: Parameters<Intake['series']>) =>
      tags === '' ? intake.series(type, name) : intake.series(type, name, tags),
    member: (...member: Parameters<Intake['member']>) => intake.member(...member),
  };
  const book = createRuleBook(set, { output, intake, log });
  const follows = file !== undefined && kit !== undefined;
  return { book, close: follows ? followRules(file, book.replace, { log, kit }) : () => undefined };
}
