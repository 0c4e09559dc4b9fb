import type { BackendPlugin } from '../../src/plugin.ts';
import { config, type GraphiteConfig } from './config.ts';
import { encode, type Lost } from './encode.ts';
import { namespaced } from './names.ts';
import { addressOf, createSender } from './send.ts';

/** Sends each window to carbon in the plaintext protocol over TCP. Events and service checks are not sent. */
const graphite: BackendPlugin<GraphiteConfig> = {
  kind: 'backend',
  name: 'graphite',
  config,
  describe: ({ host, port }) => `graphite ${addressOf(host, port)}`,
  create({ host, port, prefix, tags }, context) {
    const sender = createSender(host, port, context.log);
    const naming = namespaced(prefix, tags);
    return {
      async send(window, signal) {
        if (window.seriesCount === 0 && !sender.resends) return;
        const lost: Lost = new Map();
        await sender.send(encode(window, naming, lost), signal);
        // Not before: a window that is sent again would be counted again.
        for (const [reason, series] of lost) context.lost(reason, series);
      },
      stop: sender.stop,
    };
  },
};

export default graphite;
