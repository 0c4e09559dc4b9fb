import { httpBackend } from 'statsdrain/kit/http/backend';
import { destination, headerSecret, httpSettings } from 'statsdrain/kit/http/client-settings';
import { poster } from 'statsdrain/kit/http/post';

// A line that begins with # would be a comment.
const safe = (text) => text.replace(/[\p{C}\p{Z},=#\\]/gu, '_') || '_';

/** A line has each key once: values of several tags with one key are joined. */
function labels(tags) {
  const values = new Map();
  for (const tag of tags) {
    const [, key, value] = /^([^:]*):?(.*)$/s.exec(tag).map(safe);
    values.set(key, values.has(key) ? `${values.get(key)}_${value}` : value);
  }
  return [...values].map(([key, value]) => `,${key}=${value}`).join('');
}

/** Counters and gauges as lines. Undefined for the others lets other work in between. */
function* lines({ series, endMs }, lost) {
  for (const { type, name, tags, updated, value } of series) {
    const wanted = updated && (type === 'counter' || type === 'gauge');
    if (wanted && !Number.isFinite(value)) lost('not_finite', 1);
    const body = `${safe(name)}${labels(tags)} value=${value} ${endMs}`;
    yield wanted && Number.isFinite(value) ? { name, body } : undefined;
  }
}

/** Where requests go, and what goes with each. */
const server = ({ token, database: _, ...settings }) => ({
  ...settings,
  headers: { Authorization: `Bearer ${token}` },
  secrets: [token],
  advice: (status) => (status === 401 || status === 403 ? 'look at "token"' : undefined),
});

async function probe(config, signal) {
  const asked = poster(server(config));
  try {
    const { kind, text } = await asked.get('/health', signal);
    if (kind !== 'accepted') throw new Error(text);
    return text;
  } finally {
    await asked.close();
  }
}

/** Posts to InfluxDB 3: `"use": "./examples/influx-backend.js", "url": "http://127.0.0.1:8181", "database": "d", "token": "t"` */
export default {
  kind: 'backend',
  name: 'influx-lines',
  config: (kit) =>
    kit.z.strictObject({
      ...httpSettings(kit),
      database: kit.z.string().min(1).describe('Database to write to.'),
      token: headerSecret(kit, 'a token').describe('Token that may write to it.'),
    }),
  describe: destination,
  probe,
  create(config, context) {
    const path = `/api/v3/write_lp?db=${encodeURIComponent(config.database)}&precision=millisecond`;
    const limits = { maxBytes: 5e6, maxRawBytes: 10e6 };
    const kind = { contentType: 'text/plain', separator: '\n', repeatable: true };
    const endpoint = { lane: 'lines', path, ...kind, ...limits };
    return httpBackend(server(config), context, [endpoint], (window) => [
      { endpoint, items: lines(window, context.lost) },
    ]);
  },
};
