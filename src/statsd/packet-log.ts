import type { StatsdSettings } from '../config/settings.ts';
import type { Logger, PacketSource } from '../plugin.ts';
import { type KeyFlush, startKeyFlush } from './key-flush.ts';

/** What `keyFlush` and `dumpMessages` make of raw packets. */
export interface PacketLog {
  readonly wantsPackets: boolean;
  configure(settings: StatsdSettings | undefined): void;
  packet(packet: Uint8Array, from: PacketSource): void;
  stop(): void;
}

/** `print` writes to standard output. */
export function createPacketLog(log: Logger, print: (text: string) => void): PacketLog {
  let keyFlush: KeyFlush | undefined;
  let configured = '';
  let dump = false;

  return {
    get wantsPackets() {
      return dump || keyFlush !== undefined;
    },
    configure(settings) {
      dump = settings?.dumpMessages ?? false;
      const next = JSON.stringify([settings?.keyFlush, settings?.keyNameSanitize]);
      if (next === configured) return;
      configured = next;
      keyFlush?.stop();
      keyFlush =
        settings?.keyFlush &&
        startKeyFlush({ settings: settings.keyFlush, sanitize: settings.keyNameSanitize, print, failed: log.error });
    },
    packet(packet, { transport }) {
      if (!dump && keyFlush === undefined) return;
      for (const line of textOf(packet, transport).split('\n')) {
        if (line === '') continue;
        if (dump) log.info(line);
        keyFlush?.line(line);
      }
    },
    stop: () => keyFlush?.stop(),
  };
}

/** As the original daemon reads it: streams have seven bits. */
function textOf(packet: Uint8Array, transport: PacketSource['transport']): string {
  const buffer = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  return buffer.toString(transport === 'stream' ? 'ascii' : 'utf8');
}
