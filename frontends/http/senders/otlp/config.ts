import type { z } from 'zod';
import type { ConfigKit } from '../../../../src/plugin.ts';

export interface OtlpConfig {
  /** Keys of resource attributes. */
  readonly resourceTags: readonly string[];
}

/** What tells services and machines apart, and is not new with each start of a process. */
const RESOURCE_TAGS = [
  'service.name',
  'service.namespace',
  'deployment.environment.name',
  'deployment.environment',
  'host.name',
  'heroku.dyno.name',
];

export function otlpKey(kit: ConfigKit): z.ZodType<OtlpConfig> {
  return kit.z
    .strictObject({
      resourceTags: kit.z
        .array(kit.z.string().min(1))
        .max(32)
        .default(RESOURCE_TAGS)
        .describe('Resource attributes of OpenTelemetry that become tags of the metrics.'),
    })
    .prefault({})
    .describe('How metrics and logs of OpenTelemetry (OTLP/HTTP) are taken, at /v1/metrics and /v1/logs.');
}
