import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInFlight, createPacketCollector, MAX_IN_FLIGHT, PACKET_COST } from '../../src/packets/collector.ts';
import { deliverPackets } from '../../src/packets/deliver.ts';
import type { PacketsMessage } from '../../src/packets/message.ts';
import { tappedIntake } from '../../src/packets/tapped-intake.ts';
import type { PacketSource } from '../../src/plugin.ts';
import { recordIntake } from '../helper/intake.ts';

function collector(inFlight = createInFlight()) {
  const posted: PacketsMessage[] = [];
  let wakes = 0;
  const packets = createPacketCollector(
    inFlight,
    (message) => posted.push(message),
    () => wakes++,
  );
  const delivered: { text: string; from: PacketSource }[] = [];
  const deliver = () => {
    for (const message of posted.splice(0)) {
      deliverPackets(message, (packet, from) => delivered.push({ text: Buffer.from(packet).toString(), from }));
    }
  };
  return { packets, posted, inFlight, delivered, deliver, wakes: () => wakes };
}

const add = (packets: ReturnType<typeof collector>['packets'], text: string) =>
  packets.add(Buffer.from(text), 0, text.length, 'datagram');

describe('raw packets on their way to the dispatch thread', () => {
  it('arrive in order with their sources, in one message', () => {
    const { packets, posted, delivered, deliver, wakes, inFlight } = collector();
    const one = { address: '10.0.0.1', port: 1, family: 'IPv4', size: 99, more: 'no' } as const;
    packets.add(Buffer.from('xxa:1|cxx'), 2, 7, 'datagram', one);
    packets.add(Buffer.from('b:1|c'), 0, 5, 'datagram', { ...one, port: 2 });
    packets.add(Buffer.from(''), 0, 0, 'stream', {});
    packets.add(Buffer.from('c'), 0, 1, 'stream');
    expect(wakes()).toBe(1);
    packets.flush();
    packets.flush();
    expect(posted).toHaveLength(1);
    expect(structuredClone(posted[0]!).inFlight.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Atomics.load(inFlight, 0)).toBe(11 + 4 * PACKET_COST);
    deliver();
    expect(Atomics.load(inFlight, 0)).toBe(0);
    expect(delivered).toEqual([
      { text: 'a:1|c', from: { transport: 'datagram', address: '10.0.0.1', port: 1, family: 'IPv4', size: 5 } },
      { text: 'b:1|c', from: { transport: 'datagram', address: '10.0.0.1', port: 2, family: 'IPv4', size: 5 } },
      { text: '', from: { transport: 'stream', size: 0 } },
      { text: 'c', from: { transport: 'stream', size: 1 } },
    ]);
  });

  it('are dropped when too many wait, whatever their size, and taken again when they were delivered', () => {
    const { packets, deliver, delivered, inFlight } = collector();
    const most = Math.floor(MAX_IN_FLIGHT / (1 + PACKET_COST));
    let dropped = 0;
    for (let i = 0; i < most + 1000; i++) dropped += add(packets, 'x');
    expect(dropped).toBe(1000);
    packets.flush();
    expect(Atomics.load(inFlight, 0)).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    deliver();
    expect(delivered).toHaveLength(most);
    expect(add(packets, 'x')).toBe(0);
  });

  it('share their limit among all threads', () => {
    const [one, two] = [collector(), collector()];
    const other = collector(one.inFlight);
    const large = 'x'.repeat(60_000);
    while (add(one.packets, large) === 0);
    expect(add(other.packets, large)).toBe(1);
    expect(add(two.packets, large)).toBe(0);
  });

  it('are posted before a batch grows large', () => {
    const { packets, posted } = collector();
    for (let i = 0; i < 100; i++) add(packets, 'x'.repeat(1000));
    expect(posted).toHaveLength(1);
    expect(posted[0]!.bytes.length).toBe(66_000);
  });

  it('that are too long for a datagram are divided at line ends', () => {
    const { packets, deliver, delivered } = collector();
    const line = `${'y'.repeat(99)}\n`;
    add(packets, line.repeat(1000));
    add(packets, 'z'.repeat(70_000));
    packets.flush();
    deliver();
    expect(delivered.map(({ text }) => text.length)).toEqual([65_500, 34_500, 70_000]);
  });
});

describe('an intake with a tap', () => {
  const tapped = (lineLength = 100, takesTail = true) => {
    const made = collector();
    const intake = recordIntake();
    return { ...made, intake, tap: tappedIntake(intake, made.packets, { lineLength: () => lineLength, takesTail }) };
  };
  const taken = ({ packets, deliver, delivered }: ReturnType<typeof collector>) => {
    packets.flush();
    deliver();
    return delivered.map(({ text }) => text);
  };

  it('hands on what it is given, but no ready samples', () => {
    const made = tapped();
    made.tap.lines(Buffer.from('..a:1|c..'), 2, 7);
    made.tap.sample('counter', 'b', 1);
    made.tap.member('c', 'x');
    made.tap.discard('truncated', 2);
    expect(made.intake).toMatchObject({ received: ['a:1|c'], samples: [{ name: 'b' }], members: [{ name: 'c' }] });
    expect(made.intake.discarded.get('truncated')).toBe(2);
    expect(taken(made)).toEqual(['a:1|c']);
  });

  it('counts packets for which there was no room, and takes their lines', () => {
    const { tap, intake } = tapped();
    const packet = Buffer.alloc(65_000, 'x');
    const most = Math.floor(MAX_IN_FLIGHT / (65_000 + PACKET_COST));
    for (let i = 0; i < most + 3; i++) tap.lines(packet);
    expect(intake.received).toHaveLength(most + 3);
    expect(intake.counted.get('packets.untapped')).toBe(3);
  });

  it('makes a packet of what ends a line in a chunk, and leaves out a line over the limit', () => {
    const made = tapped(10);
    const stream = made.tap.stream({ address: '::1', port: 5, family: 'IPv6' });
    for (const chunk of ['a\nb', 'c', 'd\ne\nf', 'g'.repeat(20), 'still\nh\n', 'i'.repeat(9), 'j\nk'])
      stream.push(Buffer.from(chunk));
    stream.end();
    expect(taken(made)).toEqual(['a\n', 'bcd\ne\n', 'h\n', `${'i'.repeat(9)}j\n`, 'k']);
    expect(made.delivered[0]?.from).toEqual({ transport: 'stream', address: '::1', port: 5, family: 'IPv6', size: 2 });
  });

  it('leaves out the tail of a stream where it is no line', () => {
    const made = tapped(100, false);
    const stream = made.tap.stream();
    stream.push(Buffer.from('a:1|c\nb:1|c'));
    stream.end();
    expect(taken(made)).toEqual(['a:1|c\n']);
  });

  it('gives every byte of a stream once, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 8 })), (chunks) => {
        const made = tapped();
        const stream = made.tap.stream();
        for (const chunk of chunks) {
          const bytes = Buffer.from(chunk);
          stream.push(bytes);
          bytes.fill(0);
        }
        stream.end();
        const texts = taken(made);
        expect(texts.join('')).toBe(chunks.join(''));
        expect(texts.slice(0, -1).every((text) => text.endsWith('\n'))).toBe(true);
        expect(texts.length).toBeLessThanOrEqual(chunks.length + 1);
      }),
    );
  });
});
