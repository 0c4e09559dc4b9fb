import { fileURLToPath } from 'node:url';

/** What an error says. Anything can be thrown; and the error for a host name with several addresses has only a code. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return textOf(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}

/** Not everything can be a text: an object may have no prototype. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something that is no error';
  }
}

/**
 * As {@link messageOf}, with the file and the line of what threw it where that helps to mend a program: for a mistake such as a
 * `TypeError`, and for what the code of others throws.
 */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error) || 'code' in error || error.cause !== undefined) return messageOf(error);
  const mistake = error.constructor !== Error;
  const place = placeOf(error);
  const told = mistake ? `${error.name}: ${messageOf(error)}` : messageOf(error);
  return place === undefined || (!mistake && isOwn(place)) ? told : `${told} (${place})`;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

function isOwn(place: string): boolean {
  return place.startsWith(root) && !place.startsWith(`${root}node_modules/`);
}

/** The file, line and column at the top of the stack, where that is no part of Node.js. */
function placeOf({ stack = '' }: Error): string | undefined {
  const [, bracketed, bare] =
    /\((?:file:\/\/)?(\/[^)]+:\d+:\d+)\)|at (?:async )?(?:file:\/\/)?(\/\S+:\d+:\d+)/.exec(stack) ?? [];
  return bracketed ?? bare;
}
