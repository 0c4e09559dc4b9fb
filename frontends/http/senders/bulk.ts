import { anyRecord, isObject } from '../json/record.ts';
import { readRecords } from '../json/records.ts';
import type { Json } from '../records/record.ts';
import type { Reply, Sender } from './sender.ts';

/** Of the bulk interface, each the only key of the line before a record. */
const ACTIONS = new Set(['index', 'create', 'update', 'delete']);
const FIRST_LINE = /^\s*\{\s*"(?:index|create)"\s*:\s*\{/;

/**
 * What posts to the bulk interface of Elasticsearch, as omelasticsearch of rsyslog does.
 * https://www.elastic.co/guide/en/elasticsearch/reference/8.19/docs-bulk.html
 */
export const bulk: Sender = {
  name: 'bulk',
  posts: [
    {
      path: '/_bulk',
      methods: ['POST', 'PUT'],
      *read(body, post) {
        const counts = new Map<string, number>();
        yield* readRecords(body, post, (value, written) => {
          const action = actionOf(value);
          if (action === undefined) return anyRecord(value, written);
          counts.set(action, (counts.get(action) ?? 0) + 1);
          return undefined;
        });
        return taken(counts);
      },
    },
  ],
  gets: [
    // Before they send: rsyslog asks for the health, clients of Elastic for the version.
    { path: '/_cat/health', open: true, answer: () => json(200, '[{"cluster":"statsdrain","status":"green"}]') },
    {
      path: '/',
      open: true,
      answer: () => json(200, '{"name":"statsdrain","cluster_name":"statsdrain","version":{"number":"8.19.0"}}'),
    },
  ],
  claims: (_post, body) => FIRST_LINE.test(body.toString('latin1', 0, 200)),
  refuse: ({ status, sentence }) =>
    json(status, JSON.stringify({ error: { type: 'statsdrain', reason: sentence }, status })),
};

function actionOf(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const [key, ...more] = Object.keys(value);
  return key !== undefined && more.length === 0 && ACTIONS.has(key) && isObject(value[key]) ? key : undefined;
}

/** An item for each action: a client that finds fewer takes some for lost. */
function taken(counts: ReadonlyMap<string, number>): Reply {
  const items = [...counts].map(([action, count]) => `{"${action}":{"status":201}},`.repeat(count)).join('');
  return json(200, `{"took":0,"errors":false,"items":[${items.slice(0, -1)}]}`);
}

/** Clients of Elastic go on only where the header is. */
function json(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' }, body };
}
