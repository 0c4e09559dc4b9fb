import type { z } from 'zod';
import { type AuthConfig, hasCredentials } from '../../../../src/kit/http/auth-config.ts';
import type { ConfigKit } from '../../../../src/plugin.ts';

export interface DatadogIntakeConfig {
  /** Milliseconds. */
  readonly near: number;
}

export function datadogKey(kit: ConfigKit): z.ZodOptional<z.ZodType<DatadogIntakeConfig>> {
  return kit.z
    .strictObject({
      near: kit
        .duration()
        .default(60_000)
        .describe('Points whose time is no further from now enter the open window; others keep their own time.'),
    })
    .optional()
    .describe('Take what clients post to the intake of Datadog, under its paths; {} for its defaults.');
}

/** For `superRefine` of the schema. */
export function datadogFaults(
  { datadog, auth }: { readonly datadog?: DatadogIntakeConfig | undefined; readonly auth: AuthConfig },
  refinement: z.RefinementCtx,
): void {
  if (datadog === undefined || !hasCredentials(auth) || auth.tokens.length > 0) return;
  const message =
    'clients of Datadog send an API key, and "auth.tokens" names none; add the keys that are let in there';
  refinement.addIssue({ code: 'custom', path: ['datadog'], message });
}
