import { describe, expect, it } from 'vitest';
import { createBodyWriter, partOf } from '../../../src/kit/http/body.ts';
import type { Endpoint, Item } from '../../../src/kit/http/endpoint.ts';

const endpoint = {
  lane: 'a',
  path: '/',
  contentType: 'text/plain',
  compressed: false,
  head: '<',
  separator: ',',
  tail: '>',
  maxRawBytes: 1e6,
  maxBytes: 1e6,
  maxPoints: 1e6,
} as const satisfies Endpoint;

const ascii = (body: string): Item => ({ name: body, body, ascii: true });
const utf8 = (body: string): Item => ({ name: body, body });
const bytes = (body: string): Item => ({ name: body, body: Buffer.from(body) });

function bodyOf(items: readonly Item[], writer = createBodyWriter(endpoint)) {
  for (const item of items) writer.add(item, writer.sizeOf(item));
  const { size } = writer;
  return { body: writer.finish(), size };
}

const long = 'x'.repeat(3000);

describe('a body', () => {
  it.each([
    ['one item', [ascii('a')]],
    ['ASCII only', [ascii('a'), ascii('bc'), ascii('d')]],
    ['no text', [bytes('ä'), bytes('b')]],
    ['ASCII before others', [ascii('a'), utf8('ö'), ascii('b'), bytes('ü'), ascii('c')]],
    ['others before ASCII', [utf8('é'), ascii('a'), ascii('b')]],
    ['an empty item', [ascii(''), ascii('a'), ascii('')]],
    ['nothing but an empty item', [ascii('')]],
    ['more than is written at once', [ascii(long), ascii('a'), ascii(long), utf8('ß'), ascii(long), ascii(long)]],
    [
      'more than its first memory',
      Array.from({ length: 40 }, (_, at) => (at % 7 === 0 ? utf8 : ascii)(`${long}${at}`)),
    ],
  ])('of %s has all of them in order, and says where each ends', (_, items) => {
    const { body, size } = bodyOf(items);
    const texts = items.map((item) => item.body.toString());
    expect(body.bytes.toString()).toBe(`<${texts.join(',')}>`);
    // One separator more than there is.
    expect(size).toBe(body.bytes.length + 1);
    expect(body.names).toEqual(items.map(({ name }) => name));
    const parts = texts.map((_text, at) => partOf(endpoint, body, at, at + 1).bytes.toString());
    expect(parts).toEqual(texts.map((text) => `<${text}>`));
  });

  it('does not have what the one before it had, whose memory it takes', () => {
    const writer = createBodyWriter(endpoint);
    const first = bodyOf([ascii('first'), ascii('one')], writer).body;
    writer.recycle(first);
    expect(bodyOf([ascii('2')], writer).body.bytes.toString()).toBe('<2>');
    expect(bodyOf([utf8('ä')], writer).body.bytes.toString()).toBe('<ä>');
  });
});
