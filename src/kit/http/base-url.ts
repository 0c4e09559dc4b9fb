/** What a base URL is, as a sentence goes on after the text that is none. */
export const baseUrlRule =
  'must be an http or https URL without user, query and fragment, such as "http://127.0.0.1:8080"';

/** The base of a server without a slash at its end, as messages show it. Undefined when the text is no base URL. */
export function baseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, hostname, pathname, username, password } = new URL(text);
  const web = (protocol === 'http:' || protocol === 'https:') && hostname !== '';
  const plain = username === '' && password === '' && !/[?#]/.test(text);
  return web && plain ? origin + pathname.replace(/\/+$/, '') : undefined;
}
