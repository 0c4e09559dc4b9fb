import { type ConfigPath, formatPath, pathKey, valueAt } from '../problem.ts';
import type { Translation } from './translate.ts';

/** The native configuration as JSON. `values`: the original one, whose references are kept as they are written. */
export function migrationText(values: object, { original, draft }: Translation): string {
  const notes = [...draft.notes];

  function keep(value: unknown, path: ConfigPath): unknown {
    const origin = draft.origins.get(pathKey(path));
    const written = origin === undefined ? undefined : valueAt(values, origin);
    if (origin !== undefined && valueAt(original.value, origin) === value) return written;
    if (Array.isArray(value)) return value.map((item, index) => keep(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, keep(item, [...path, key])]));
    }
    if (origin === undefined || typeof written !== 'string' || !written.includes('${')) return escaped(value);
    if (typeof value === 'number' && path.at(-1) === 'port') return written;
    notes.push(`${formatPath(origin)}: the value of ${JSON.stringify(written)} was written, not the reference.`);
    return escaped(value);
  }

  const config = keep(draft.root, []) as object;
  return `${JSON.stringify({ _notes: notes, ...config }, undefined, 2)}\n`;
}

function escaped(value: unknown): unknown {
  return typeof value === 'string' ? value.split('${').join('$${') : value;
}
