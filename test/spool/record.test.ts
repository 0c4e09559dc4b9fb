import { describe, expect, it } from 'vitest';
import type { Payload } from '../../src/plugin.ts';
import { encodeNote, encodePayload, payloadAt, recordAt } from '../../src/spool/record.ts';

const address = { backend: 'datadog', lane: 'eu/series' };
const payload: Payload = {
  lanes: ['series', 'eu/series'],
  bytes: Uint8Array.from({ length: 300 }, (_, index) => index & 0xff),
  encoding: 'gzip',
  names: ['a', '__proto__', '', 'ü\u0000'],
  ends: [3, 90, 90, 299],
  createdMs: 1_700_000_000_000,
  priority: 2,
  maxAgeMs: 3_600_000,
  start: 11,
};

describe('a record', () => {
  it('gives the payload back, for the one lane that it is of', async () => {
    const file = Buffer.concat([Buffer.from('before'), ...(await encodePayload(address, payload))]);
    const record = recordAt(file, 6);
    expect(record).toMatchObject({ kind: 'payload', head: { ...address, items: 4, createdMs: payload.createdMs } });
    expect(record?.size).toBe(file.length - 6);
    const back = await payloadAt(file, 6);
    expect({ ...back, bytes: Uint8Array.from(back.bytes) }).toEqual({ ...payload, lanes: ['eu/series'] });
  });

  it('keeps what a payload does not say unsaid', async () => {
    const bare: Payload = { lanes: ['l'], bytes: Buffer.from('x'), names: [], createdMs: 0 };
    const file = Buffer.concat(await encodePayload({ backend: 'b', lane: 'l' }, bare));
    expect(Object.keys(await payloadAt(file, 0)).sort()).toEqual(['bytes', 'createdMs', 'lanes', 'names']);
  });

  it.each(['done', 'doubt'] as const)('says of another that it is %s', (kind) => {
    const file = Buffer.concat(encodeNote(kind, { segment: 4_000_000_000, offset: 8 }));
    expect(recordAt(file, 0)).toEqual({
      kind,
      place: { segment: 4_000_000_000, offset: 8 },
      size: file.length,
    });
  });

  it('is none when any bit of it is flipped', async () => {
    const small: Payload = { lanes: ['l'], bytes: Buffer.from('xyz'), names: ['a'], createdMs: 1 };
    for (const parts of [
      await encodePayload({ backend: 'b', lane: 'l' }, small),
      encodeNote('done', { segment: 1, offset: 2 }),
    ]) {
      const file = Buffer.concat(parts);
      for (let bit = 0; bit < file.length * 8; bit++) {
        const flipped = Buffer.from(file);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(recordAt(flipped, 0)).toBeUndefined();
      }
    }
  });

  it('is none when it is cut, and none are the zeros that a file system may leave', async () => {
    const file = Buffer.concat(await encodePayload(address, payload));
    for (let length = 0; length < file.length; length++) expect(recordAt(file.subarray(0, length), 0)).toBeUndefined();
    expect(recordAt(Buffer.alloc(4096), 0)).toBeUndefined();
  });
});
