import remoteWrite from '../../../../backends/prometheus/remote-write/index.ts';
import { backendContract } from '../../../contract/backend.ts';
import { backendPluginContract } from '../../../contract/backend-plugin.ts';
import { remoteWriteSink } from '../../../helper/remote-write-sink.ts';
import type { WindowInput } from '../../../helper/window.ts';
import { remoteWriteSettings } from './settings.ts';

/** All that was sent of one series, window by window: sums go on, and a set has no members in a window in which nothing came. */
const expected = {
  counter: [70, 70],
  gauge: [70, 70],
  timer: [70, 70],
  histogram: [70, 70],
  distribution: [70, 70],
  set: [70, 0],
};

const unsendable: WindowInput = {
  series: [
    { type: 'counter', name: 'contract.negative', value: -1 },
    { type: 'counter', name: 'contract.not.finite', value: Number.NaN },
    { type: 'timer', name: 'contract.not.finite', values: [Number.POSITIVE_INFINITY] },
    { type: 'gauge', name: 'contract.conflict', value: 1 },
    { type: 'counter', name: 'contract.conflict', value: 1 },
  ],
  serviceChecks: [{ name: 'a', status: 0, timestamp: 1_700_000_005, tags: [] }],
};

const url = 'http://127.0.0.1:1/api/v1/write';

backendPluginContract('prometheus-remote-write', {
  plugin: remoteWrite,
  block: { url },
  hidden: [
    { block: { url, auth: { user: 'someone', password: 'pass-word' } }, secrets: ['someone', 'pass-word'] },
    {
      block: { url, auth: { token: 't0k3n' }, headers: { 'X-Scope-OrgID': 'tenant-7' } },
      secrets: ['t0k3n', 'tenant-7'],
    },
    { block: { url, proxy: 'http://someone:pass-word@127.0.0.1:3128' }, secrets: ['someone', 'pass-word'] },
  ],
});

backendContract('prometheus-remote-write', async () => {
  const sink = await remoteWriteSink();
  let failing = false;
  sink.refuse(() => (failing ? { status: 503 } : undefined));
  const nameOf = (name: string) => name.replaceAll('.', '_');
  return {
    create: (context) => remoteWrite.create(remoteWriteSettings({ url: sink.url }), context),
    gauge: async (name) => sink.valuesOf(nameOf(name)).at(-1),
    held: {
      values: async (type, name) =>
        sink.valuesOf(['timer', 'histogram', 'distribution'].includes(type) ? `${nameOf(name)}_count` : nameOf(name)),
      expected,
    },
    leavesOut: { items: unsendable, losses: { negative: 1, not_finite: 2, type_conflict: 1, unsupported: 1 } },
    server: {
      down: sink.down,
      up: sink.up,
      failing(on) {
        failing = on;
      },
    },
    stall: { begin: () => sink.script('hang', 1000), series: 1 },
    close: sink.close,
  };
});
