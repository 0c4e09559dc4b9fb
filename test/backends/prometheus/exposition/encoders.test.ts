import { expect, it } from 'vitest';
import { createEncoder } from '../../../../backends/prometheus/exposition/encoders.ts';
import type { Format } from '../../../../backends/prometheus/exposition/negotiate.ts';
import { encode, labelsOf } from './samples.ts';

it.each<[Format, string]>([
  ['text-0.0.4', '# TYPE a_b gauge\na_b 1\n'],
  ['text-1.0.0', '# TYPE a_b gauge\na_b 1\n'],
  ['openmetrics-0.0.1', '# TYPE a_b gauge\na_b 1\n# EOF\n'],
  ['openmetrics-1.0.0', '# TYPE a_b gauge\na_b 1\n# EOF\n'],
  ['protobuf', '\x16\x0a\x03a_b\x12\x00\x18\x01\x22\x0b\x12\x09\x09\0\0\0\0\0\0\xf0\x3f'],
])('%s', (format, page) => {
  const encoder = createEncoder({ format, escaping: 'underscores' }, { created: true, has: () => false });
  const samples = [{ type: 'gauge', labels: labelsOf(), value: 1 }] as const;
  expect(encode(encoder, [{ family: { name: 'a.b', type: 'gauge', help: '' }, samples }]).toString('latin1')).toBe(
    page,
  );
});
