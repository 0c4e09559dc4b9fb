import { hostSetting } from 'statsdrain/kit/host';
import { accessFaults } from 'statsdrain/kit/http/access';
import { answerText, requestListener } from 'statsdrain/kit/http/answer';
import { createGate } from 'statsdrain/kit/http/auth';
import { authKey } from 'statsdrain/kit/http/auth-config';
import { probes } from 'statsdrain/kit/http/health';
import { refusal } from 'statsdrain/kit/http/refusal';
import { createBudget, discard, readBody } from 'statsdrain/kit/http/request-body';
import { httpServer, schemeOf } from 'statsdrain/kit/http/server';
import { tlsKey } from 'statsdrain/kit/http/tls';
import { singleListener, urlOf } from 'statsdrain/kit/listener';
import { seldom } from 'statsdrain/kit/seldom';

const MIB = 2 ** 20;
const limits = { maxConnections: 100, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 60_000 };

/** The numbers of `{ "name": 1, … }`. */
function numbersIn(body) {
  try {
    return Object.entries(JSON.parse(body.toString()));
  } catch {
    throw refusal(400, 'The body must be a JSON object of numbers.');
  }
}

/** Takes gauges by HTTP: `{ "use": "./examples/http-frontend.js", "port": 8090 }`, `curl -d '{"depth":7}' 127.0.0.1:8090` */
export default {
  kind: 'frontend',
  name: 'json-gauges',
  config: (kit) =>
    kit.z
      .strictObject({
        host: hostSetting(kit).default('127.0.0.1').describe('Address to listen on.'),
        port: kit.port().default(8090).describe('TCP port; 0 lets the system choose.'),
        tls: tlsKey(kit),
        auth: authKey(kit).describe('Who may post; required when "host" is not a loopback address.'),
        allowAnonymous: kit.z.boolean().default(false).describe('Let anyone post.'),
      })
      .superRefine((config, issues) => {
        for (const { key, message } of accessFaults(config)) issues.addIssue({ code: 'custom', path: [key], message });
      }),
  describe: (config) => urlOf(schemeOf(config), config),
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  create(config, intake, { log, ready }) {
    const health = probes(ready);
    const budget = createBudget(16 * MIB);
    const gate = createGate(config.auth, () => intake.count('json_gauges.auth_failures', 1));
    const failed = seldom((times, error) => log.error(`requests failed: ${error}`, { times }));

    async function take(request) {
      gate.admit(request);
      if (request.method !== 'POST') throw refusal(405, 'Gauges are posted.', { allow: 'POST' });
      const lease = budget.lease();
      try {
        const body = await readBody(request, { maxBody: MIB, maxPacked: MIB }, lease);
        for (const [name, value] of numbersIn(body)) {
          if (typeof value === 'number') intake.sample('gauge', name, value);
          else intake.discard('unsupported', 1);
        }
      } finally {
        lease.release();
      }
    }

    async function handle(request, response) {
      const asked = health.get(request.url)?.();
      if (asked !== undefined) return answerText(response, asked.status, asked.sentence);
      try {
        await take(request);
      } catch (error) {
        await discard(request);
        throw error;
      }
      response.writeHead(204).end();
    }

    const server = () => httpServer({ config: { ...config, ...limits }, log }, requestListener(handle, failed));
    return singleListener(() => server().open());
  },
};
