import { bodyServerFaults, bodyServerKeys } from 'statsdrain/kit/http/body-server-config';
import { httpFrontend } from 'statsdrain/kit/http/frontend';
import { refusal } from 'statsdrain/kit/http/refusal';

/** `[["queue.depth", 7], ["jobs", 1, "env:prod"]]` as gauges. */
function read(body) {
  try {
    const samples = JSON.parse(body);
    if (samples.every(([name, value]) => typeof name === 'string' && typeof value === 'number')) return samples;
  } catch {}
  throw refusal(400, 'The body must be a JSON array of [name, value] or [name, value, tags].');
}

/** Takes samples as JSON: `{ "use": "./examples/http-frontend.js", "port": 8081 }`, then POST /samples */
export default {
  kind: 'frontend',
  name: 'json-samples',
  config: (kit) =>
    kit.z.strictObject({ port: kit.port().default(8081), ...bodyServerKeys(kit) }).superRefine(bodyServerFaults),
  describe: ({ host, port }) => `http://${host}:${port} (POST /samples)`,
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  create(config, intake, context) {
    const take = ({ body }) => {
      for (const [name, value, tags] of read(body)) intake.sample('gauge', name, value, tags);
    };
    return httpFrontend(config, intake, context, { prefix: 'samples', routes: { '/samples': take } });
  },
};
