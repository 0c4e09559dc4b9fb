import plugin from '../../../frontends/http/index.ts';
import type { Frontend } from '../../../src/plugin.ts';
import { configure, frontendContext, recordIntake } from '../../helper/intake.ts';

/** Drains on ports of their own, and `stop` for all of them. */
export function createDrains() {
  const running: Frontend[] = [];
  return {
    async start(block: object = {}) {
      const intake = recordIntake();
      const frontend = plugin.create(
        configure(plugin, { port: 0, ...block }),
        intake,
        frontendContext({ ready: () => true }),
      );
      running.push(frontend);
      const [address = ''] = await frontend.start();
      return { intake, url: (path: string) => new URL(path, address) };
    },
    async stop() {
      await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
    },
  };
}
