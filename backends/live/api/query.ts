import { refusal } from '../../../src/kit/http/refusal.ts';

/** Characters of a parameter: a line is 8 KiB at most. */
const MOST_TEXT = 8192;

/** A text; empty where it is not given. Throws a refusal (400) of one that is too long. */
export function textOf(query: URLSearchParams, key: string, most = MOST_TEXT): string {
  const text = query.get(key) ?? '';
  if (text.length > most) throw refusal(400, `"${key}" has ${text.length} characters; it may have ${most}.`);
  return text;
}

/** A whole number from 1 to `most`. Throws a refusal (400) of anything else. */
export function numberOf(query: URLSearchParams, key: string, usual: number, most: number): number {
  const text = query.get(key);
  if (text === null || text === '') return usual;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) {
    throw refusal(400, `"${key}" is ${JSON.stringify(text)}; it must be a whole number from 1 to ${most}.`);
  }
  return number;
}

/** One of some words. Throws a refusal (400) of any other. */
export function wordOf<Word extends string>(
  query: URLSearchParams,
  key: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = query.get(key) ?? words[0];
  const word = words.find((one) => one === text);
  if (word === undefined) throw refusal(400, `"${key}" is ${JSON.stringify(text)}; it must be ${words.join(' or ')}.`);
  return word;
}
