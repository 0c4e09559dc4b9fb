import { STATUS_CODES } from 'node:http';
import type { Intake, SeriesInput } from '../../../src/plugin.ts';
import type { Json, JsonObject } from '../records/record.ts';
import type { Post } from '../senders/sender.ts';
import { valueAt } from './record.ts';
import { createSeen } from './seen.ts';

type Path = readonly string[];

/** Where the records of a platform say what they do of a request. */
export interface RequestTable {
  /** Of the counter. */
  readonly name: string;
  readonly method: Path;
  /** The first of them that is a status counts. */
  readonly status: readonly Path[];
  /** What is the same in all records of one request. Absent: each record is one. */
  readonly id?: Path;
  /** Milliseconds. */
  readonly timers?: readonly { readonly name: string; readonly path: Path }[];
}

/**
 * Counts the request that a record is about; one that is about none counts nothing, nor does one that was taken before, or whose
 * sender may not write such names. `app`: by default that of the post.
 */
export type TakeRequest = (record: JsonObject, post: PostOfRecords, app?: string) => void;
type PostOfRecords = Pick<Post, 'repeated' | 'client' | 'app'>;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);
const MOST_SERIES = 5000;

/**
 * A counter with the tags `method`, `status` and `status_class`. A visitor has a say in all of them, so what no standard knows is
 * `other`; `none` says that there was no answer.
 */
export function createRequests(intake: Pick<Intake, 'series'>, table: RequestTable): TakeRequest {
  const { name, method, status: statuses, id, timers = [] } = table;
  const known = new Map<string, SeriesInput>();
  const seen = createSeen();

  function series(type: 'counter' | 'timer', of: string, tags: string): SeriesInput {
    const key = `${of} ${tags}`;
    const given = known.get(key);
    if (given !== undefined) return given;
    if (known.size >= MOST_SERIES) known.clear();
    const made = intake.series(type, of, tags === '' ? undefined : tags);
    known.set(key, made);
    return made;
  }

  return (record, { repeated, client, app: given }, app = given) => {
    if (repeated || client.prefixes?.some((prefix) => name.startsWith(prefix)) === false) return;
    const used = valueAt(record, method);
    const values = statuses.map((path) => valueAt(record, path)).filter((value) => value !== undefined);
    if (typeof used !== 'string' && values.length === 0) return;
    const request = id === undefined ? undefined : valueAt(record, id);
    if (typeof request === 'string' && !seen.isNew(request)) return;

    const appTag = app === undefined ? '' : `app:${app}`;
    const status = values.map(statusOf).find((value) => value !== undefined);
    const tags = [`method:${methodTag(used)}`, ...statusTags(status), appTag];
    series('counter', name, tags.filter((tag) => tag !== '').join(',')).add(1);
    for (const timer of timers) {
      const time = valueAt(record, timer.path);
      if (typeof time === 'number' && time >= 0) series('timer', timer.name, appTag).add(time);
    }
  };
}

function methodTag(given: Json | undefined): string {
  if (typeof given !== 'string') return 'none';
  const method = given.toUpperCase();
  return METHODS.has(method) ? method : 'other';
}

function statusTags(status: number | undefined): readonly string[] {
  if (status === undefined) return ['status:none', 'status_class:none'];
  const known = Object.hasOwn(STATUS_CODES, status) ? status : 'other';
  return [`status:${known}`, `status_class:${Math.floor(status / 100)}xx`];
}

/** A number or its digits, from 100 to 599. Others, such as 0 and -1, say that there is none. */
function statusOf(value: Json | undefined): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined;
}
