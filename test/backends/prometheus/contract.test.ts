import prometheus from '../../../backends/prometheus/index.ts';
import type { Backend } from '../../../src/plugin.ts';
import { type BackendHarness, backendContract } from '../../contract/backend.ts';
import { backendPluginContract } from '../../contract/backend-plugin.ts';
import type { WindowInput } from '../../helper/window.ts';
import { parsePage } from './exposition.ts';
import { prometheusSettings } from './settings.ts';

/** The page shows one value of each: sums go on, and a set has no members in a window in which nothing came. */
const expected = { counter: [70], gauge: [70], timer: [70], histogram: [70], distribution: [70], set: [0] };

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

backendPluginContract('prometheus', {
  plugin: prometheus,
  block: {},
  hidden: [
    {
      block: { auth: { users: [{ user: 'someone', password: 'pass-word' }], tokens: ['t0k3n'] } },
      secrets: ['someone', 'pass-word', 't0k3n'],
    },
  ],
});

backendContract('prometheus', openHarness, { connects: false, stalls: false });

async function openHarness(): Promise<BackendHarness> {
  let url = '';
  let backend: Backend | undefined;
  const values = async (wanted: string) => {
    const response = await fetch(url, { headers: { connection: 'close' } });
    const families = [...parsePage(await response.text()).values()];
    return families.flatMap(({ samples }) => samples.filter(({ name }) => name === wanted)).map(({ value }) => value);
  };
  const nameOf = (name: string) => name.replaceAll('.', '_');
  return {
    create(context) {
      backend = prometheus.create(prometheusSettings(), context);
      return backend;
    },
    started([address = '']) {
      url = address;
      backend?.opened?.();
    },
    gauge: async (name) => (await values(nameOf(name))).at(-1),
    held: {
      values: (type, name) =>
        values(['timer', 'histogram', 'distribution'].includes(type) ? `${nameOf(name)}_count` : nameOf(name)),
      expected,
    },
    keeps: {
      items: {
        series: [
          { type: 'counter', name: 'kept.counter', value: 3 },
          { type: 'timer', name: 'kept.timer', values: [1000] },
        ],
      },
      seen: async () => [
        await values('kept_counter'),
        await values('kept_timer_sum'),
        await values('kept_timer_count'),
      ],
    },
    leavesOut: { items: unsendable, losses: { negative: 1, not_finite: 2, type_conflict: 1, unsupported: 1 } },
    close: async () => {},
  };
}
