import prometheus from '../../../backends/prometheus/index.ts';
import { type BackendHarness, backendContract } from '../../contract/backend.ts';
import { parsePage } from './exposition.ts';
import { prometheusSettings } from './settings.ts';

backendContract('prometheus', openHarness, { connects: false, stalls: false });

async function openHarness(): Promise<BackendHarness> {
  let url = '';
  return {
    create: (context) => prometheus.create(prometheusSettings(), context),
    started: ([address = '']) => {
      url = address;
    },
    async gauge(name) {
      const response = await fetch(url, { headers: { connection: 'close' } });
      return parsePage(await response.text()).get(name.replaceAll('.', '_'))?.samples[0]?.value;
    },
    close: async () => {},
  };
}
