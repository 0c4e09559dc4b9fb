import { escapeControls } from '../kit/escape.ts';
import type { MappingStep } from '../mapping/rule.ts';
import type { Identity } from '../protocol/identity.ts';
import type { Amount } from './amounts.ts';
import type { ExplainedSeries, Explanation } from './explain.ts';
import type { Written } from './view-steps.ts';

/** An explanation for a reader; ends with LF. Nothing of a line can command the terminal. */
export function explanationText({ line, frontends, dialect, reading }: Explanation): string {
  const head = `${line}\n  ${frontends.join(', ')} (${dialect})`;
  switch (reading.kind) {
    case 'rejected':
      return shown(`${head}: rejected for ${reading.reason}: ${reading.advice}`);
    case 'dropped':
      return shown(`${head}: dropped for ${reading.reason}: there is no room for it`);
    case 'blank':
      return shown(`${head}: a blank line, which is none`);
    case 'event':
      return shown(`${head}: event ${JSON.stringify(reading.event.title)}${tagsText(reading.event)}; ${NO_RULES}`);
    case 'serviceCheck':
      return shown(`${head}: service check ${reading.check.name}${tagsText(reading.check)}; ${NO_RULES}`);
    case 'samples': {
      const clipped = reading.clipped ? '; tags over the limits were clipped' : '';
      return reading.series
        .map((series) => `${shown(`${head}: ${seriesLine(series)}${clipped}`)}${viewsText(series)}`)
        .join('');
    }
    default: {
      const unexpected: never = reading;
      throw new Error(`no such reading of a line: ${JSON.stringify(unexpected)}`);
    }
  }
}

/** Of one series at one back-end that are shown. */
const MOST_NAMES = 4;

const NO_RULES = 'no rule is for it';

/** Of several lines. */
function shown(text: string): string {
  return `${text.split('\n').map(escapeControls).join('\n')}\n`;
}

function seriesLine({ type, identity, amount, looksTagged }: ExplainedSeries): string {
  const hint = looksTagged === undefined ? '' : `; with "${looksTagged}" in "tagStyles" its name would have tags`;
  return `${type} ${identityText(identity)}; ${amountText(amount)}${hint}`;
}

function viewsText({ identity, views }: ExplainedSeries): string {
  return views
    .map(({ backends, steps, result, written }) => {
      const width = Math.max(0, ...steps.map(({ rule }) => rule.length));
      let before: Identity | undefined = identity;
      const lines = steps.map((step) => {
        const text = stepText(step, before, width);
        before = step.result;
        return text;
      });
      const end = result === undefined ? 'nothing: it is not given there' : identityText(result);
      const names = written.flatMap((one) => writtenLines(one));
      return shown([`  ${backends.join(', ')}: ${end}`, ...lines, ...names].join('\n'));
    })
    .join('');
}

function writtenLines({ backend, names }: Written): readonly string[] {
  if (names.length === 0) return [`    written by ${backend}: nothing, it refuses such a name`];
  const more = names.length > MOST_NAMES ? [`      and ${names.length - MOST_NAMES} more, which --json has`] : [];
  return [`    written by ${backend}:`, ...names.slice(0, MOST_NAMES).map((name) => `      ${name}`), ...more];
}

function stepText({ rule, says, result }: MappingStep, before: Identity | undefined, width: number): string {
  const changed = result !== undefined && before !== undefined && identityText(result) !== identityText(before);
  return `    ${rule.padEnd(width)}  ${says}${changed ? ` -> ${identityText(result)}` : ''}`;
}

function identityText(identity: Identity): string {
  return `${identity.name}${tagsText(identity)}${ruleText(identity)}`;
}

/** What a rule says of it besides its name. */
function ruleText({ rule }: Identity): string {
  if (rule === undefined) return '';
  const { ttlMs, observer } = rule.series;
  const parts = [
    ...(rule.scale === 1 ? [] : [`values × ${rule.scale}`]),
    ...(ttlMs === undefined ? [] : [`forgotten ${ttlMs / 1000} s after its last sample`]),
    ...(observer === undefined ? [] : [`as a ${observer.kind}`]),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function tagsText({ tags, host }: { readonly tags: readonly string[]; readonly host?: string }): string {
  const all = tags.length === 0 ? '' : ` {${tags.join(', ')}}`;
  return host === undefined ? all : `${all}, host ${JSON.stringify(host)}`;
}

function amountText(amount: Amount): string {
  if ('adds' in amount) return `adds ${amount.adds}`;
  if ('set' in amount) return `is set to ${amount.set}`;
  if ('changes' in amount) return `changes by ${amount.changes}`;
  if ('members' in amount)
    return `has the ${listed(
      'member',
      amount.members.map((member) => JSON.stringify(member)),
    )}`;
  if ('timestamp' in amount) {
    return `a point of its own time ${timeText(amount.timestamp)}: ${amount.value}`;
  }
  const values = amount.values.map(({ value, weight }) => (weight === 1 ? `${value}` : `${value} (weighs ${weight})`));
  return `has the ${listed('value', values)}`;
}

function listed(word: string, items: readonly string[]): string {
  return `${word}${items.length === 1 ? '' : 's'} ${items.join(', ')}`;
}

/** A year beyond what a date can hold is a number. */
function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().replace('.000Z', 'Z');
}
