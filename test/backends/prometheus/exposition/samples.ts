import fc from 'fast-check';
import type { Encoder, Exemplar, Family, Labels, Sample } from '../../../../backends/prometheus/exposition/encoder.ts';

export interface FamilySamples {
  readonly family: Family;
  readonly samples: readonly Sample[];
}

/** The text is made here on purpose: what encoders make of it must not come from them. */
export function labelsOf(...pairs: readonly string[]): Labels {
  const text = pairs.map((pair) => {
    const [name = '', ...rest] = pair.split(':');
    const value = rest.join(':').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const escaped = name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${/^[A-Za-z_]\w*$/.test(name) ? name : `"${escaped}"`}="${value}"`;
  });
  return { pairs, text: text.join(',') };
}

export function encode(encoder: Encoder, page: readonly FamilySamples[]): Buffer {
  const pieces: Uint8Array[] = [];
  for (const { family, samples } of page) {
    encoder.family(family);
    for (const sample of samples) {
      encoder.sample(sample);
      // Whatever stands there is taken now and then, as by who writes large pages.
      if (encoder.length > 200) pieces.push(encoder.take());
    }
  }
  encoder.end();
  pieces.push(encoder.take());
  return Buffer.concat(pieces);
}

const character = fc.constantFrom(...'abz09_ .,:;={}#"\\\n\té火😱');
const value = fc.string({ unit: character, minLength: 1, maxLength: 12 });
const help = fc.string({ unit: fc.constantFrom(...'ab "\\\né,#{}'), maxLength: 12 }).map((text) => `h${text}.`);
const classicName = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/);
const anyName = fc.string({ unit: fc.constantFrom(...'ab9_ .,;={}#"\\é火'), minLength: 1, maxLength: 8 });
const amount = fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1e12, noNaN: true }));
const ms = fc.integer({ min: 1000, max: 2e12 });

const labelName = (isUtf8: boolean) =>
  (isUtf8 ? anyName : classicName).filter((name) => !name.startsWith('__') && !['le', 'quantile'].includes(name));

const pairsArbitrary = (isUtf8: boolean) =>
  fc
    .uniqueArray(fc.tuple(labelName(isUtf8), value), { maxLength: 3, selector: ([name]) => name })
    .map((labels) => labels.map((label) => label.join(':')).sort());

/** Quotes in the values of exemplars are more than Prometheus' client for Python reads; tables of OpenMetrics have them. */
const exemplar: fc.Arbitrary<Exemplar> = fc.record({
  pairs: fc.stringMatching(/^[a-z]{1,4}:[a-z0-9 ,:é]{1,6}$/).map((pair) => [pair]),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  timestampMs: ms,
});
const maybeExemplar = fc.option(exemplar, { nil: undefined });

const BOUNDS = [0.000_01, 0.005, 0.1, 1, 2.5, 10, 1e6];

const native = fc.record({
  schema: fc.integer({ min: -4, max: 8 }),
  zeroThreshold: fc.constantFrom(0, 2 ** -128),
  zeroCount: fc.nat(5),
  positive: buckets(),
  negative: buckets(),
});

function buckets(): fc.Arbitrary<(readonly [number, number])[]> {
  const bucket = fc.tuple(
    fc.integer({ min: -40, max: 40 }),
    fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(2.5)),
  );
  return fc
    .uniqueArray(bucket, { maxLength: 8, selector: ([index]) => index })
    .map((all) => all.sort(([one], [other]) => one - other));
}

function sampleOf(type: Family['type'], labels: Labels): fc.Arbitrary<Sample> {
  switch (type) {
    case 'counter':
      return fc.record({
        type: fc.constant(type),
        labels: fc.constant(labels),
        value: amount,
        createdMs: ms,
        exemplar: maybeExemplar,
      });
    case 'gauge':
      return fc.record({ type: fc.constant(type), labels: fc.constant(labels), value: fc.double() });
    case 'summary':
      return fc.subarray([0, 0.5, 0.9, 0.999, 1]).chain((quantiles) =>
        fc.record({
          type: fc.constant(type),
          labels: fc.constant(labels),
          count: amount,
          sum: amount,
          createdMs: ms,
          quantiles: fc.constant(quantiles),
          values: fc.array(fc.oneof(amount, fc.constant(Number.NaN)), {
            minLength: quantiles.length,
            maxLength: quantiles.length,
          }),
        }),
      );
    case 'histogram':
      return fc.subarray(BOUNDS).chain((bounds) =>
        fc
          .record({
            type: fc.constant(type),
            labels: fc.constant(labels),
            sum: amount,
            createdMs: ms,
            bounds: fc.constant(bounds),
            weights: fc.array(amount, { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
            native: fc.option(native, { nil: undefined }),
            exemplars: fc.option(
              fc.array(maybeExemplar, { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
              {
                nil: undefined,
              },
            ),
          })
          .map(({ weights, ...sample }) => {
            let sum = 0;
            const counts = weights.map((weight) => (sum += weight));
            return { ...sample, counts: counts.slice(0, -1), count: counts.at(-1)! };
          }),
      );
    default:
      return type satisfies never;
  }
}

/** Pages as a table of series makes them: each family once, each set of labels once in it. */
export function pages(isUtf8: boolean): fc.Arbitrary<FamilySamples[]> {
  const type = fc.constantFrom('counter', 'gauge', 'summary', 'histogram');
  const family = fc.tuple(type, isUtf8 ? anyName : classicName, help, fc.boolean());
  return fc.array(family, { maxLength: 4 }).chain((families) =>
    fc.tuple(
      ...families.map(([type, name, help, isTotal], i) =>
        fc
          .uniqueArray(pairsArbitrary(isUtf8), { maxLength: 3, selector: String })
          .chain((sets) => fc.tuple(...sets.map((pairs) => sampleOf(type, labelsOf(...pairs)))))
          .map((samples) => ({
            family: { type, name: `f${i}${name}${type === 'counter' && isTotal ? '_total' : '_x'}`, help },
            samples,
          })),
      ),
    ),
  );
}
