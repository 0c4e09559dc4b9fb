import type { Intake } from '../../../src/plugin.ts';
import type { HttpConfig } from '../config.ts';
import { bulk } from './bulk.ts';
import { cloudflareSender } from './cloudflare.ts';
import { fastlySender } from './fastly.ts';
import { firehoseSender } from './firehose.ts';
import { form } from './form.ts';
import { json } from './json.ts';
import { logplex } from './logplex.ts';
import { raw } from './raw.ts';
import type { Sender } from './sender.ts';
import { vercelSender } from './vercel.ts';

/** Who may post to `POST /logs`, in the order in which they are asked for a body; the last takes what is left. */
export function logSenders(config: HttpConfig, intake: Pick<Intake, 'series'>): readonly Sender[] {
  return [
    logplex,
    firehoseSender(config),
    vercelSender(config.vercel, intake),
    cloudflareSender(intake),
    fastlySender(config.fastly, intake),
    form,
    bulk,
    json,
    raw,
  ];
}
