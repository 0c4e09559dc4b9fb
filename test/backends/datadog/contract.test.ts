import datadog from '../../../backends/datadog/index.ts';
import type { MetricType } from '../../../src/plugin.ts';
import { backendContract } from '../../contract/backend.ts';
import { backendPluginContract } from '../../contract/backend-plugin.ts';
import { type DatadogIntake, datadogIntake } from '../../helper/datadog-intake.ts';
import type { WindowInput } from '../../helper/window.ts';
import { API_KEY, datadogSettings } from './defaults.ts';

/** A rate is per second of a window of ten. Only counters are sent when idle. */
const expected = { counter: [7, 0], gauge: [70], timer: [7], histogram: [7], distribution: [70], set: [70] };

const unsendable: WindowInput = {
  series: [
    { type: 'gauge', name: '___', value: 1 },
    { type: 'timer', name: 'x'.repeat(300), values: [1] },
    { type: 'counter', name: 'contract.not.finite', value: Number.NaN },
    { type: 'distribution', name: 'contract.not.finite', values: [Number.POSITIVE_INFINITY] },
  ],
  serviceChecks: [{ name: '', status: 0, timestamp: 1_700_000_005, tags: [] }],
};

backendPluginContract('datadog', {
  plugin: datadog,
  block: { apiKey: API_KEY },
  hidden: [
    {
      block: { apiKey: API_KEY, proxy: 'http://someone:pass-word@127.0.0.1:3128' },
      secrets: [API_KEY, 'someone', 'pass-word'],
    },
    { block: { apiKey: API_KEY, url: 'http://127.0.0.1:1', proxy: false }, secrets: [API_KEY] },
  ],
});

backendContract('datadog', async () => {
  const intake = await datadogIntake(API_KEY);
  let failing = false;
  intake.refuse(() => (failing ? 503 : undefined));
  return {
    create: (context) => datadog.create(datadogSettings({ url: intake.url }), context),
    gauge: async (name) => valuesOf(intake, 'gauge', name).at(-1),
    held: { values: async (type, name) => valuesOf(intake, type, name), expected },
    leavesOut: { items: unsendable, losses: { bad_name: 3, not_finite: 2 } },
    server: {
      down: intake.down,
      up: intake.up,
      failing(on) {
        failing = on;
      },
    },
    stall: { begin: () => intake.script('hang', 1000), series: 1 },
    close: intake.close,
  };
});

/** Of what has statistics the count. */
function valuesOf(intake: DatadogIntake, type: MetricType, name: string): readonly number[] {
  if (type === 'distribution') {
    return intake.sketches
      .filter(({ metric }) => metric === name)
      .flatMap(({ dogSketches }) => dogSketches.map(({ count }) => count));
  }
  const wanted = type === 'timer' || type === 'histogram' ? `${name}.count` : name;
  return intake.series
    .filter(({ metric }) => metric === wanted)
    .flatMap(({ points }) => points.map(({ value }) => value));
}
