import type { IncomingMessage } from 'node:http';
import { refusal } from '../../../src/kit/http/refusal.ts';

export function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const mark = url.indexOf('?');
  return mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
}

const NO_QUERY = new URLSearchParams();
const APP_NAME = /^[A-Za-z0-9_.:/-]{1,100}$/;

/** `?app=`. Throws a refusal of one that is no name, or is there twice. */
export function appName(query: URLSearchParams): string | undefined {
  const [given, ...more] = query.getAll('app');
  if (given === undefined) return undefined;
  if (more.length === 0 && APP_NAME.test(given)) return given;
  throw refusal(400, '"app" in the query must be given once, as 1 to 100 of the characters A-Z a-z 0-9 _ . : / and -.');
}
