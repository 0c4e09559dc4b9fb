import { hasCredentials } from '../../src/kit/http/auth-config.ts';
import { contactOf } from '../../src/kit/http/contact.ts';
import { schemeOf } from '../../src/kit/http/server.ts';
import { singleListener, urlOf } from '../../src/kit/listener.ts';
import type { FrontendPlugin } from '../../src/plugin.ts';
import { type HttpConfig, httpConfig } from './config.ts';
import { checkRules } from './rules/check.ts';
import { loadFastify, openDrain } from './transport/server.ts';

const plugin: FrontendPlugin<HttpConfig> = {
  kind: 'frontend',
  name: 'http',
  config: httpConfig,
  describe: (config) =>
    `${urlOf(schemeOf(config), config)} (POST /logs and /statsd${config.datadog === undefined ? '' : ', intake of Datadog'}${rulesOf(config)}, ${hasCredentials(config.auth) ? 'with a credential' : 'without a credential'})`,
  listens: ({ host, port }) => [{ transport: 'tcp', host, port }],
  contact: contactOf,
  async replay(config) {
    const { openReplay } = await import('./replay/replay.ts');
    return openReplay(config);
  },
  checkFile: checkRules,
  prepare: () => void loadFastify().catch(() => undefined),
  create: (config, intake, context) => singleListener(() => openDrain(config, intake, context)),
};

function rulesOf({ rules }: HttpConfig): string {
  const number = rules?.set.rules.length ?? 0;
  return number === 0 ? '' : `, ${number} ${number === 1 ? 'rule' : 'rules'} of your own`;
}

export default plugin;
