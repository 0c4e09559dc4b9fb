import { httpBackend } from 'statsdrain/kit/http/backend';
import { destination, headerSecret, httpSettings } from 'statsdrain/kit/http/client-settings';

/** A line of JSON for each counter and gauge; undefined for the others lets other work in between. */
function* lines({ series, endMs }, lost) {
  for (const { type, name, tags, updated, value } of series) {
    const wanted = updated && (type === 'counter' || type === 'gauge');
    if (wanted && !Number.isFinite(value)) lost('not_finite', 1);
    const body = JSON.stringify({ time: endMs, type, name, tags, value });
    yield wanted && Number.isFinite(value) ? { name, body } : undefined;
  }
}

/** Posts lines of JSON: `"use": "./examples/http-backend.js", "url": "http://127.0.0.1:9000/metrics", "token": "t"` */
export default {
  kind: 'backend',
  name: 'json-lines',
  config: (kit) => kit.z.strictObject({ ...httpSettings(kit), token: headerSecret(kit, 'a token').describe('Token.') }),
  describe: destination,
  create({ token, ...settings }, context) {
    const server = { ...settings, headers: { Authorization: `Bearer ${token}` }, secrets: [token] };
    const endpoint = { lane: 'lines', contentType: 'application/x-ndjson', separator: '\n' };
    return httpBackend(server, context, [endpoint], (window) => [{ endpoint, items: lines(window, context.lost) }]);
  },
};
