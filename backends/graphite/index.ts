import { setImmediate } from 'node:timers/promises';
import { urlOf } from '../../src/kit/listener.ts';
import { type BackendPlugin, type Payload, sendError, type Window } from '../../src/plugin.ts';
import { config, type GraphiteConfig } from './config.ts';
import { destinationsOf, lanesOf, reachAll } from './destinations.ts';
import { encode, type Lost } from './encode.ts';
import { createFlushes, statusLines } from './flushes.ts';
import { placement } from './hashing.ts';
import { namespaced } from './names.ts';
import { createPacker, type Packer } from './pack.ts';
import { encodeStatsd } from './statsd-encode.ts';
import { createWriter } from './writer.ts';
import { writtenPaths } from './written.ts';

/** Sends each window to carbon, over one kept TCP connection for each destination. Events and service checks are not sent. */
const graphite: BackendPlugin<GraphiteConfig> = {
  kind: 'backend',
  name: 'graphite',
  config,
  describe(given) {
    const urls = destinationsOf(given).map((one) => urlOf('tcp', one));
    const { protocol, hashing, replication } = given;
    const copies = replication > 1 ? [`${replication} copies`] : [];
    return `${urls.join(', ')} (${[protocol, hashing ?? [], copies].flat().join(', ')})`;
  },
  probe: (given, signal) => reachAll(destinationsOf(given), signal),
  readsStatsd: ({ statsd }) => statsd !== undefined,
  create(given, context) {
    const { protocol, prefix, tags, statsd, hashing, replication, diverseReplicas } = given;
    const nodes = destinationsOf(given);
    const lanes = lanesOf(nodes);
    const writers = new Map(
      nodes.map(({ host, port }, index) => [lanes[index]!, createWriter(host, port, context.log)]),
    );
    const copies = { count: replication, diverse: diverseReplicas };
    const division = hashing && { nodes: nodes.length, place: placement(hashing, nodes, copies) };
    const naming = namespaced(prefix, tags);
    const flushes = createFlushes(context.statsd.startupTime);

    const messages = (window: Window, packer: Packer, lost: Lost) => {
      if (statsd === undefined) return encode(window, naming, packer, lost);
      if (window.statsd === undefined) {
        throw sendError('the window has no metrics of the original daemon, which "statsd" needs', { permanent: true });
      }
      return encodeStatsd(window, window.statsd, statsd, packer, lost, flushes.state);
    };

    async function* payloads(window: Window): AsyncGenerator<Payload> {
      const lost: Lost = new Map();
      const packer = createPacker(protocol, division);
      const createdMs = window.endMs;
      for (const { node, bytes, names, firsts } of messages(window, packer, lost)) {
        if (bytes.length > 0) {
          const to = division === undefined ? lanes : [lanes[node]!];
          flushes.sends(createdMs, to.length);
          yield { lanes: to, bytes, names, firsts, createdMs };
        }
        await setImmediate();
      }
      flushes.encoded(createdMs, packer.length);
      for (const [reason, count] of lost) context.lost(reason, count);
    }

    return {
      lanes,
      // What the original's layout makes of a key is told by its own metrics, not by those of windows.
      ...(statsd === undefined && {
        written: (type, series) => writtenPaths(naming, context.percentiles, type, series),
      }),
      async *encode(window) {
        if (statsd !== undefined || window.seriesCount + window.points.length > 0) {
          yield* payloads(window);
          return;
        }
        const resending = lanes.filter((lane) => writers.get(lane)?.resends);
        // Of the least worth, so that it takes no room from a window.
        const empty = { bytes: new Uint8Array(0), names: [], createdMs: window.endMs, priority: -1 };
        if (resending.length > 0) yield { lanes: resending, ...empty };
      },
      async deliver({ bytes, createdMs }, lane, signal) {
        const writer = writers.get(lane);
        if (writer === undefined) {
          throw sendError(`there is no destination "${lane}"`, { permanent: true, reason: 'no_lane' });
        }
        try {
          flushes.delivered(createdMs, lane, await writer.write(bytes, createdMs, signal));
        } catch (error) {
          flushes.failed();
          throw error;
        }
      },
      status: () => statusLines(flushes.state),
      async stop() {
        await Promise.all([...writers.values()].map((writer) => writer.stop()));
      },
    };
  },
};

export default graphite;
