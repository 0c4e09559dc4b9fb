import { bodyServerFaults, bodyServerKeys } from 'statsdrain/kit/http/body-server-config';
import { httpFrontend } from 'statsdrain/kit/http/frontend';
import { refusal } from 'statsdrain/kit/http/refusal';
import { schemeOf } from 'statsdrain/kit/http/server';
import { urlOf } from 'statsdrain/kit/listener';

/** The numbers of `{ "name": 1, … }`. */
function numbersIn(body) {
  try {
    return Object.entries(JSON.parse(body.toString()));
  } catch {
    throw refusal(400, 'The body must be a JSON object of numbers.');
  }
}

/** Takes gauges by HTTP: `{ "use": "./examples/http-frontend.js" }`, `curl -d '{"depth":7}' 127.0.0.1:8090/gauges` */
export default {
  kind: 'frontend',
  name: 'json-gauges',
  config: (kit) =>
    kit.z
      .strictObject({ port: kit.port().default(8090).describe('TCP port.'), ...bodyServerKeys(kit) })
      .superRefine(bodyServerFaults),
  describe: (config) => `${urlOf(schemeOf(config), config)} (POST /gauges)`,
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  create(config, intake, context) {
    const take = ({ body }) => {
      for (const [name, value] of numbersIn(body)) {
        if (typeof value === 'number') intake.sample('gauge', name, value);
        else intake.discard('unsupported', 1);
      }
    };
    return httpFrontend(config, intake, context, { prefix: 'json_gauges', routes: { '/gauges': take } });
  },
};
