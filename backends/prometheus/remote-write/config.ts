import type { z } from 'zod';
import { type HttpSettings, headerSecret, proxySetting, urlSetting } from '../../../src/kit/http/client-settings.ts';
import { clientTlsSetting } from '../../../src/kit/http/client-tls.ts';
import type { ConfigKit } from '../../../src/plugin.ts';
import { type PageConfig, pageKeys } from '../config.ts';

/** `auto`: 1 until the receiver has said that it takes 2. */
export type Protocol = '1' | '2' | 'auto';

export type RemoteWriteAuth = { readonly user: string; readonly password: string } | { readonly token: string };

export interface RemoteWriteConfig extends Pick<HttpSettings, 'url' | 'proxy' | 'tls'>, PageConfig {
  readonly auth?: RemoteWriteAuth | undefined;
  /** By name; each value is a secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
  /** Added to all series that have none of that name. */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Whether native histograms are sent beside the classic ones. */
  readonly nativeHistograms: boolean;
  readonly maxSamplesPerSend: number;
}

const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Labels that have a meaning of their own. */
const OWN_LABEL = /^(?:__.*|le|quantile)$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Headers that say what is sent, or how. */
const OWN_HEADER =
  /^(?:content-(?:type|encoding|length)|user-agent|host|connection|transfer-encoding|x-prometheus-remote-write-version)$/i;

export function remoteWriteConfig(kit: ConfigKit): z.ZodType<RemoteWriteConfig> {
  const { z } = kit;
  const externalLabels = () =>
    z
      .record(
        z
          .string()
          .regex(LABEL, 'must be of letters, digits and "_", and begin with no digit')
          .refine((name) => !OWN_LABEL.test(name), 'is a label of Prometheus itself; choose another name'),
        z.string().min(1),
      )
      .optional();
  const auth = z.union(
    [
      z.strictObject({
        user: z
          .string()
          .regex(/^[^:]+$/, 'must have at least one character, and no ":"')
          .describe('User name, for HTTP Basic.'),
        password: kit.secret().describe('Password.'),
      }),
      z.strictObject({ token: headerSecret(kit, 'a token').describe('Token, sent as "Bearer".') }),
    ],
    'must be { "user": …, "password": … } or { "token": … }',
  );
  return z
    .strictObject({
      url: urlSetting(kit).describe('Where it is written to, such as "https://prometheus.example/api/v1/write".'),
      proxy: proxySetting(kit),
      tls: clientTlsSetting(kit),
      auth: auth.optional().describe('What the receiver knows this client by: a user and a password, or a token.'),
      headers: z
        .record(
          z
            .string()
            .regex(HEADER, 'is no name of a header')
            .refine((name) => !OWN_HEADER.test(name), 'is a header that is set by what is sent; remove it'),
          kit.secret(),
        )
        .default({})
        .describe('Headers of each request, such as "X-Scope-OrgID" with the tenant.'),
      protocol: z
        .enum(['1', '2', 'auto'])
        .default('auto')
        .describe('Version of remote write; "auto" begins with 1 and goes on with 2 where the receiver takes it.'),
      externalLabels: externalLabels().describe('Labels added to all series that have none of that name.'),
      external_labels: externalLabels().describe('As "externalLabels", as Prometheus spells it.'),
      ...pageKeys(kit),
      nativeHistograms: z
        .boolean()
        .default(false)
        .describe('Send native histograms beside the classic ones; the receiver must take them.'),
      maxSamplesPerSend: z.int().min(1).max(100_000).default(2000).describe('Samples in one request at most.'),
    })
    .superRefine(({ auth: given, headers, ...labels }, { addIssue }) => {
      if (labels.externalLabels !== undefined && labels.external_labels !== undefined) {
        const message = 'is there as "externalLabels" too; remove one of them';
        addIssue({ code: 'custom', path: ['external_labels'], message });
      }
      for (const name of Object.keys(headers)) {
        if (given === undefined || name.toLowerCase() !== 'authorization') continue;
        addIssue({ code: 'custom', path: ['headers', name], message: 'is what "auth" sets; remove one of them' });
      }
    })
    .transform(
      ({ externalLabels: ours, external_labels: theirs, ...given }): RemoteWriteConfig => ({
        ...given,
        externalLabels: ours ?? theirs ?? {},
      }),
    );
}
