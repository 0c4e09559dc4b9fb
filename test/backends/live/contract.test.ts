import live from '../../../backends/live/index.ts';
import { type BackendHarness, backendContract } from '../../contract/backend.ts';
import { backendPluginContract } from '../../contract/backend-plugin.ts';
import { liveSettings } from './settings.ts';

/** What was held is no value of a window. */
const expected = { counter: [70], gauge: [70], timer: [70], histogram: [70], distribution: [70], set: [70] };

backendPluginContract('live', {
  plugin: live,
  block: {},
  hidden: [
    {
      block: { auth: { users: [{ user: 'someone', password: 'pass-word' }], tokens: ['t0k3n'] } },
      secrets: ['someone', 'pass-word', 't0k3n'],
    },
  ],
});

backendContract('live', openHarness, { connects: false, stalls: false, loses: false });

interface Shown {
  readonly name: string;
  readonly type: string;
  readonly value: number | null;
  readonly count: number | null;
}

async function openHarness(): Promise<BackendHarness> {
  let url = '';
  const find = async (name: string) => {
    const response = await fetch(`${url}api/series?q=${encodeURIComponent(name)}`, {
      headers: { connection: 'close' },
    });
    const { series } = (await response.json()) as { readonly series: readonly Shown[] };
    return series.filter((one) => one.name === name);
  };
  return {
    create: (context) => live.create(liveSettings(), context),
    started([address = '']) {
      url = address;
    },
    gauge: async (name) => (await find(name)).find(({ type }) => type === 'gauge')?.value ?? undefined,
    held: {
      values: async (type, name) =>
        (await find(name)).filter((one) => one.type === type).map(({ value, count }) => count ?? value ?? Number.NaN),
      expected,
    },
    close: async () => {},
  };
}
