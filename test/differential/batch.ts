import { packet } from './grammar.ts';
import { linesIn, type Transport, textOf } from './lines.ts';
import type { Random } from './random.ts';
import { differs, ruins } from './rules.ts';
import { createSpellings } from './spellings.ts';

/** Packets of the grammar on which both daemons must agree; `asSent`: they do not sanitise keys. */
export function batch(count: number, transport: Transport, asSent: boolean, random: Random): Buffer[] {
  const packets: Buffer[] = [];
  const spellings = createSpellings();
  while (packets.length < count) {
    const made = ended(packet(random), transport);
    const lines = linesIn(textOf(made, transport), 'udp');
    if (!lines.some((line) => ruins(line) || differs(line, asSent)) && spellings.take(lines)) packets.push(made);
  }
  return packets;
}

/** In one stream a packet without LF at its end would run into the next one. */
function ended(bytes: Buffer, transport: Transport): Buffer {
  return transport !== 'stream' || bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
}
