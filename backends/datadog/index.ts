import { hostname } from 'node:os';
import { httpBackend } from '../../src/kit/http/backend.ts';
import { destination } from '../../src/kit/http/client-settings.ts';
import { poster } from '../../src/kit/http/post.ts';
import type { BackendContext, BackendPlugin, SendingBackend } from '../../src/plugin.ts';
import { adviceFor, complaintsIn, judge } from './answer.ts';
import { type DatadogConfig, datadogConfig, intakeUrl } from './config.ts';
import { EVENTS, SERIES, SERVICE_CHECKS, SKETCHES } from './endpoint.ts';
import { checkItems, eventItems } from './events.ts';
import { labeller } from './naming.ts';
import { seriesEncoder } from './series.ts';

/** Sends windows to the HTTP intake of Datadog. */
export default {
  kind: 'backend',
  name: 'datadog',
  config: datadogConfig,
  describe: (config) => destination({ url: intakeUrl(config), proxy: config.proxy }),
  probe,
  create: datadog,
} satisfies BackendPlugin<DatadogConfig>;

/** How the intake is reached. */
function intake(config: DatadogConfig) {
  const { apiKey, proxy, tls } = config;
  return {
    url: intakeUrl(config),
    proxy,
    tls,
    headers: { 'DD-API-KEY': apiKey },
    secrets: [apiKey],
    judge,
    advice: (status: number) => adviceFor(status, config),
  };
}

/** https://docs.datadoghq.com/api/latest/authentication/#validate-api-key */
async function probe(config: DatadogConfig, signal: AbortSignal): Promise<string> {
  const server = poster(intake(config));
  try {
    const outcome = await server.get('/api/v1/validate', signal);
    if (outcome.kind !== 'accepted') throw new Error(outcome.text);
    return `${intakeUrl(config)} knows the key`;
  } finally {
    await server.close();
  }
}

function datadog(config: DatadogConfig, context: BackendContext): SendingBackend {
  const label = labeller(config.tags, config.hostname ?? hostname());
  const encoder = seriesEncoder(config, label, context.lost);
  const { compression, compressionLevel } = config;
  const options = {
    ...intake(config),
    complaintsIn,
    retryHeaders: ['x-ratelimit-reset'],
    compression,
    compressionLevel,
    tally: {
      request: (bytes: number) => {
        context.count('datadog.requests', 1);
        context.count('datadog.sent_bytes', bytes);
      },
      division: () => context.count('datadog.divided_requests', 1),
      complaints: (errors: number) => context.count('datadog.reported_errors', errors),
    },
  };
  return httpBackend(options, context, [SERVICE_CHECKS, EVENTS, SERIES, SKETCHES], (window) => {
    const { series, sketches } = encoder(window);
    return [
      { endpoint: SERVICE_CHECKS, items: checkItems(window.serviceChecks, label, context.lost) },
      { endpoint: EVENTS, items: eventItems(window.events, label) },
      { endpoint: SERIES, items: series },
      { endpoint: SKETCHES, items: sketches },
    ];
  });
}
