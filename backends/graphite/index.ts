import { urlOf } from '../../src/kit/listener.ts';
import { reachTcp } from '../../src/kit/reach.ts';
import { unixSeconds } from '../../src/kit/unix-time.ts';
import { type BackendPlugin, sendError, type Window } from '../../src/plugin.ts';
import { config, type GraphiteConfig } from './config.ts';
import { encode, type Lost } from './encode.ts';
import { type LinkState, startState, statusLines } from './link-state.ts';
import { namespaced } from './names.ts';
import { createPacker, type Packer } from './pack.ts';
import { createSender } from './send.ts';
import { encodeStatsd } from './statsd-encode.ts';

/** Sends each window to carbon over one TCP connection. Events and service checks are not sent. */
const graphite: BackendPlugin<GraphiteConfig> = {
  kind: 'backend',
  name: 'graphite',
  config,
  describe: ({ host, port, protocol }) => `${urlOf('tcp', { host, port })} (${protocol})`,
  probe: ({ host, port }, signal) => reachTcp({ host, port }, signal),
  readsStatsd: ({ statsd }) => statsd !== undefined,
  create({ host, port, protocol, prefix, tags, statsd }, context) {
    const sender = createSender(host, port, context.log);
    const naming = namespaced(prefix, tags);
    let state: LinkState = startState(context.statsd.startupTime);

    const messages = (window: Window, packer: Packer, lost: Lost) => {
      if (statsd === undefined) return encode(window, naming, packer, lost);
      if (window.statsd === undefined) {
        throw sendError('the window has no metrics of the original daemon, which "statsd" needs', { permanent: true });
      }
      return encodeStatsd(window, window.statsd, statsd, packer, lost, state);
    };

    return {
      async send(window, signal) {
        if (statsd === undefined && window.seriesCount === 0 && !sender.resends) return;
        const lost: Lost = new Map();
        const packer = createPacker(protocol);
        const chunks = messages(window, packer, lost);
        try {
          const flushMs = await sender.send(chunks, signal);
          state = {
            ...state,
            last_flush: unixSeconds(),
            flush_time: Math.round(flushMs),
            flush_length: packer.length,
          };
        } catch (error) {
          state = { ...state, last_exception: unixSeconds() };
          throw error;
        }
        // Not before: a window that is sent again would be counted again.
        for (const [reason, count] of lost) context.lost(reason, count);
      },
      status: () => statusLines(state),
      stop: sender.stop,
    };
  },
};

export default graphite;
