import { type ConfigPath, formatPath } from '../problem.ts';

const suspicious = /(?:api_?key|app_?key|token|secret|passw(?:or)?d|credential)s?$/i;

/** A note for each value that looks like a secret and is written in the file. */
export function secretNotes(values: unknown, path: ConfigPath = []): string[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
    const own = [...path, Array.isArray(values) ? Number(key) : key];
    if (typeof value !== 'string') return secretNotes(value, own);
    if (value === '' || value.includes('${') || !suspicious.test(key)) return [];
    const variable = key
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replace(/\W/g, '_')
      .toUpperCase();
    return [`${formatPath(own)}: is a secret in plain text; "\${${variable}}" takes it from the environment.`];
  });
}
