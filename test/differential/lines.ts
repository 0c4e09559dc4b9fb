/** How bytes reach a daemon. `tcp`: a connection for each packet; `stream`: one connection, cut at random places. */
export type Transport = 'udp' | 'tcp' | 'stream';

/** A packet as the original reads it: UTF-8 from a datagram, from a stream ASCII without the highest bits. */
export function textOf(packet: Uint8Array, transport: Transport): string {
  return Buffer.from(packet).toString(transport === 'udp' ? 'utf8' : 'ascii');
}

/** Lines that count as received. What follows the last LF of a stream is never read. */
export function linesIn(text: string, transport: Transport): string[] {
  const complete = transport === 'udp' ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  return complete.split('\n').filter((line) => line !== '');
}

/** A line taken apart in the order of the original: tags first, then values. */
export interface Parts {
  /** Tags included, before it is sanitised. */
  readonly sent: string;
  /** Sanitised. */
  readonly key: string;
  readonly tagged: boolean;
  /** Each value's fields: number or member, type, rate, … */
  readonly values: readonly (readonly string[])[];
}

export function partsOf(line: string): Parts {
  const [metric = '', tags = ''] = line.split('|#');
  const [name = '', ...values] = metric.split(':');
  const list = tags === '' ? [] : tags.split(',').map((tag) => tag.replace(';', '_').replace(':', '='));
  const sent = [name, ...list].join(';');
  return {
    sent,
    key: sanitised(sent),
    tagged: list.length > 0,
    values: values.map((value) => value.split('|')),
  };
}

function sanitised(key: string): string {
  return key
    .replace(/\s+/g, '_')
    .replaceAll('/', '-')
    .replace(/[^\w\-.;=]/g, '');
}

/** What the original takes for a number. */
export function isNumber(text: string): boolean {
  return text !== '' && !Number.isNaN(Number(text));
}
