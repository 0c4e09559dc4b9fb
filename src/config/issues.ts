import type { z } from 'zod';
import { kitMeta } from './kit-meta.ts';
import { type ConfigPath, type Problem, pathKey, quote, valueAt } from './problem.ts';
import type { Resolved } from './references.ts';
import { defOf, type Schema, schemasAt } from './schema-path.ts';
import { missing, sentence, unknownKey, unwritten } from './wording.ts';

/** Where the judged value stands in the document. */
export interface Place {
  readonly document: Resolved;
  readonly path: ConfigPath;
  /** Keys that the core takes out of the value before its schema sees it. */
  readonly coreKeys: readonly string[];
}

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

interface Judged extends Place {
  readonly schema: Schema;
  readonly input: unknown;
}

/** Judges `input` by `schema`. The problems never quote what a reference stands for, nor a secret. */
export async function validate<T>(schema: z.ZodType<T>, input: unknown, place: Place): Promise<Validated<T>> {
  const result = await schema.safeParseAsync(input, { error: () => unwritten });
  return told(result, { ...place, schema, input });
}

/** Likewise, at once, of what is no part of a configuration file: nothing in it is a reference. */
export function judge<T>(schema: z.ZodType<T>, input: unknown): Validated<T> {
  const document: Resolved = {
    value: input,
    problems: [],
    written: new Map(),
    sources: new Map(),
    failed: new Set(),
  };
  const result = schema.safeParse(input, { error: () => unwritten });
  return told(result, { document, path: [], coreKeys: [], schema, input });
}

function told<T>(result: z.ZodSafeParseResult<T>, judged: Judged): Validated<T> {
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => explain(issue, judged)) };
}

function explain(issue: z.core.$ZodIssue, judged: Judged): Problem[] {
  const inner = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  const path = [...judged.path, ...inner];
  if (judged.document.failed.has(pathKey(path))) return [];

  const schemas = schemasAt(judged.schema, judged.input, inner);
  if (issue.code === 'unrecognized_keys') {
    const valid = [...keysOf(schemas), ...(inner.length === 0 ? judged.coreKeys : [])];
    return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(key, valid) }));
  }
  const value = valueAt(judged.input, inner);
  const subject = subjectAt(path, value, schemas, judged.document);
  if (issue.message !== unwritten) return [{ path, text: authored(issue.message, value, subject) }];
  if (value === undefined) return [{ path, text: missing(schemas) }];
  const branch = issue.code === 'invalid_union' ? nearestBranch(issue) : undefined;
  if (branch !== undefined) {
    return branch.flatMap((nested) => explain({ ...nested, path: [...issue.path, ...nested.path] }, judged));
  }
  const hint = judged.document.written.has(pathKey(path)) ? '' : meantBy(value, schemas);
  return [{ path, text: `${sentence(issue, subject, value, schemas)}${hint}` }];
}

/** A suggestion that is made from the value itself, and so not of one that a reference stands for. */
function meantBy(value: unknown, schemas: readonly Schema[]): string {
  if (typeof value !== 'string') return '';
  const meant = schemas.map((schema) => kitMeta.get(schema)?.meant?.(value)).find((text) => text !== undefined);
  return meant === undefined ? '' : `; write ${meant}`;
}

function keysOf(schemas: readonly Schema[]): string[] {
  const keys = schemas.flatMap((schema) => {
    const def = defOf(schema);
    return def.type === 'object' ? Object.keys(def.shape) : [];
  });
  return [...new Set(keys)];
}

/** Of a union without a discriminator: the only alternative that is of the right kind, and wrong inside. */
function nearestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const wrongKind = ({ code, path }: z.core.$ZodIssue) => path.length === 0 && code !== 'unrecognized_keys';
  const branches = issue.errors.filter((issues) => !issues.some(wrongKind));
  return branches.length === 1 ? branches[0] : undefined;
}

/** A message that begins with a verb goes on from the value: `"x" must start with "y"`. */
function authored(message: string, value: unknown, subject: string): string {
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const verb = /^(?:must|is|has|cannot|can|does|needs|should|may|contains|starts|ends)\b/.test(message);
  return scalar && verb ? `${subject} ${message}` : message;
}

function subjectAt(path: ConfigPath, value: unknown, schemas: readonly Schema[], document: Resolved): string {
  const written = document.written.get(pathKey(path));
  if (!schemas.some((schema) => kitMeta.get(schema)?.secret)) return written ?? quote(value);
  if (written !== undefined && /^"\$\{\w+\}"$|^the content of /.test(written)) return written;
  return value === '' ? '""' : 'the value';
}
