import type { ConfigKit } from '../plugin.ts';
import { hostSetting } from './host.ts';

/** The settings `host` and `port` of what listens at one address; the loopback unless told otherwise. */
export function addressKeys(kit: ConfigKit, defaultPort: number) {
  return {
    host: hostSetting(kit)
      .default('127.0.0.1')
      .describe('Address or name to listen on. "0.0.0.0" is every IPv4 address, "::" every address of both families.'),
    port: kit.port().default(defaultPort).describe('Port; 0 lets the system choose.'),
  };
}
