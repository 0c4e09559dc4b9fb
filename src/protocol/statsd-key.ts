/**
 * The key of the original daemon (statsd 0.9, stats.js): the name as sent, and each tag after a `;` with the first `:` as
 * `=`; then, unless `sanitize` is false, each run of blanks as `_`, `/` as `-`, and nothing but `A-Z a-z 0-9 _ - . ; =`.
 * Tags keep their order, and none is left out. `tags` is what followed `|#`; empty where nothing did.
 */
export function statsdKey(name: string, tags: string, sanitize: boolean): string {
  const key = tags === '' ? name : `${name};${tags.split(',').map(asPair).join(';')}`;
  return sanitize ? sanitized(key) : key;
}

function asPair(tag: string): string {
  return tag.replace(';', '_').replace(':', '=');
}

const PLAIN = /^[\w\-.;=]*$/;

function sanitized(key: string): string {
  if (PLAIN.test(key)) return key;
  return key
    .replace(/\s+/g, '_')
    .replaceAll('/', '-')
    .replace(/[^\w\-.;=]/g, '');
}
