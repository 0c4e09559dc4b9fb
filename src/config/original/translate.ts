import { validate } from '../issues.ts';
import { type ConfigPath, type Problem, pathKey } from '../problem.ts';
import { type Resolved, resolveReferences } from '../references.ts';
import { mapAggregation } from './aggregation.ts';
import { mapBackends } from './backends.ts';
import { createDraft, type Draft, originOf } from './draft.ts';
import { mapProcess } from './process.ts';
import { type Original, originalSchema } from './schema.ts';
import { secretNotes } from './secrets.ts';
import { mapServers } from './servers.ts';

export interface Translation {
  /** The native configuration. Its references are followed. */
  readonly document: Resolved;
  /** The original's configuration. Its references are followed. */
  readonly original: Resolved;
  readonly draft: Draft;
}

export type Translated =
  | { readonly ok: true; readonly value: Translation }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The native configuration that does what the original daemon does with `values`. Problems name the original's keys.
 */
export async function translate(values: object, folder: string, env: NodeJS.ProcessEnv): Promise<Translated> {
  if ('nodes' in values && Array.isArray(values.nodes)) return refused(['nodes'], proxy);
  const original = resolveReferences(values, folder, env, 'environment');
  const judged = await validate(originalSchema, original.value, { document: original, path: [], coreKeys: [] });
  const problems = [...original.problems, ...(judged.ok ? inconsistencies(judged.value) : judged.problems)];
  if (!judged.ok || problems.length > 0) return { ok: false, problems };

  const draft = createDraft();
  mapAggregation(judged.value, original.value as object, draft);
  mapProcess(judged.value, draft);
  mapServers(judged.value, original.value as object, draft);
  mapBackends(judged.value, draft);
  for (const note of secretNotes(values)) draft.note(note);
  return { ok: true, value: { document: documentOf(draft, original), original, draft } };
}

const proxy =
  'this is a configuration of the cluster proxy of StatsD, which statsdrain does not have; give the one of a daemon';

function inconsistencies({ repeater, servers }: Original): Problem[] {
  const problems = (repeater ?? []).flatMap(({ port }, index): Problem[] =>
    port === undefined ? [{ path: ['repeater', index, 'port'], text: 'required key is missing (a port)' }] : [],
  );
  if (servers?.length === 0) {
    problems.push({ path: ['servers'], text: 'the list is empty; leave it out for UDP, or list a server' });
  }
  return problems;
}

function refused(path: ConfigPath, text: string): Translated {
  return { ok: false, problems: [{ path, text }] };
}

/** Messages about a native value quote what is written in the original's file. */
function documentOf({ root, origins }: Draft, original: Resolved): Resolved {
  const written = new Map<string, string>();
  for (const [key, origin] of origins) {
    const text = original.written.get(pathKey(origin));
    if (text !== undefined) written.set(key, text);
  }
  return { value: root, problems: [], written, sources: new Map(), failed: new Set() };
}

/** The same problem at the original's key. */
export function atOrigin({ path, text }: Problem, draft: Draft): Problem {
  return { path: originOf(draft.origins, path), text };
}
