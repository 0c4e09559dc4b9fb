import { adviceFor } from './answer.ts';
import type { RemoteWriteConfig } from './config.ts';
import { createReceiver } from './receiver.ts';

/** Posts requests without a series. Resolves with the versions that the receiver takes, in half a sentence. */
export async function probe(config: RemoteWriteConfig, signal: AbortSignal): Promise<string> {
  const receiver = createReceiver(config);
  try {
    const first = await receiver.ask(1, signal);
    const second = config.protocol === '1' ? undefined : await receiver.ask(2, signal);
    const taken = [first.takes === true ? ['1'] : [], second?.takes === true ? ['2'] : []].flat();
    if (taken.length > 0) return `takes remote write of version ${taken.join(' and ')}`;
    throw new Error(first.text + adviceFor(first.status, first.text));
  } finally {
    await receiver.close();
  }
}
