import type { z } from 'zod';
import { didYouMean } from '../kit/suggest.ts';
import { boundsOf, expectation } from './expectation.ts';
import { kitMeta } from './kit-meta.ts';
import type { Schema } from './schema-path.ts';

/** Stands for the messages that zod would write: whatever differs was written by the author of the schema. */
export const unwritten = '\0';

/** An issue in words. `subject` is the value as a message may show it, `value` what suggestions are made from. */
export function sentence(issue: z.core.$ZodIssue, subject: string, value: unknown, schemas: readonly Schema[]): string {
  switch (issue.code) {
    case 'invalid_union':
      if ('options' in issue && issue.options !== undefined) return notAllowed(issue.options, subject, value);
      return `${subject} is not ${expectation(schemas)}`;
    case 'invalid_type':
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'custom':
      return `${subject} is not ${expectation(schemas)}`;
    case 'invalid_value':
      return notAllowed(issue.values, subject, value);
    case 'too_small':
    case 'too_big':
      return outOfRange(issue, subject, value, schemas);
    case 'invalid_format':
      return wrongFormat(issue, subject);
    case 'not_multiple_of':
      return `${subject} is not a multiple of ${issue.divisor}`;
    case 'invalid_key': {
      const key = String(issue.path.at(-1));
      const [cause] = issue.issues;
      if (cause === undefined || cause.code === 'invalid_key') return `${JSON.stringify(key)} is not a valid key`;
      if (cause.message !== unwritten) return `the key ${cause.message}`;
      return sentence(cause, `the key ${JSON.stringify(key)}`, key, []);
    }
    default: {
      const unexpected: never = issue;
      return `${subject} is not valid: ${JSON.stringify(unexpected)}`;
    }
  }
}

export function missing(schemas: readonly Schema[]): string {
  const advice = schemas.map((schema) => kitMeta.get(schema)?.advice).find((text) => text !== undefined);
  return `required key is missing (${expectation(schemas)}${advice ?? ''})`;
}

export function unknownKey(key: string, keys: readonly string[]): string {
  const valid = keys.filter((name) => !/^[$_]/.test(name));
  const list = valid.length === 0 ? '' : ` (valid keys: ${valid.join(', ')})`;
  return `unknown key${didYouMean(key, valid)}${list}`;
}

/** A value that is none of a few: `"x" is not a valid value; did you mean "y"? (valid values: y, z)`. */
function notAllowed(values: readonly unknown[], subject: string, value: unknown): string {
  const names = values.map(String);
  const hint = typeof value === 'string' ? didYouMean(value, names) : '';
  return `${subject} is not a valid value${hint} (valid ${names.length === 1 ? 'value' : 'values'}: ${names.join(', ')})`;
}

function outOfRange(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  subject: string,
  value: unknown,
  schemas: readonly Schema[],
): string {
  const small = issue.code === 'too_small';
  const limit = Number(small ? issue.minimum : issue.maximum);
  if (typeof value !== 'string' && !Array.isArray(value)) {
    const bounds = schemas.map(boundsOf).find((text) => text !== '');
    return `${subject} is out of range (${bounds ?? `${small ? 'at least' : 'at most'} ${limit}`})`;
  }
  if (small && limit === 1) return `${subject} is empty`;
  const unit = `${typeof value === 'string' ? 'character' : 'item'}${limit === 1 ? '' : 's'}`;
  return `${subject} is too ${small ? 'short (at least' : 'long (at most'} ${limit} ${unit})`;
}

const formats: ReadonlyMap<string, string> = new Map([
  ['url', 'a URL'],
  ['email', 'an e-mail address'],
  ['ipv4', 'an IPv4 address'],
  ['ipv6', 'an IPv6 address'],
  ['hostname', 'a host name'],
]);

function wrongFormat(issue: z.core.$ZodIssueInvalidStringFormat, subject: string): string {
  const details = issue as z.core.$ZodStringFormatIssues;
  if (details.format === 'starts_with') return `${subject} must start with "${details.prefix}"`;
  if (details.format === 'ends_with') return `${subject} must end with "${details.suffix}"`;
  if (details.format === 'includes') return `${subject} must contain "${details.includes}"`;
  if (details.format === 'regex') return `${subject} does not match ${details.pattern}`;
  return `${subject} is not ${formats.get(details.format) ?? `of the format ${details.format}`}`;
}
