import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentType, type Exposition, negotiate } from '../../../../backends/prometheus/exposition/negotiate.ts';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

describe('what scrapers send', () => {
  it.each<[string, string | undefined, Exposition['format'], Exposition['escaping']]>([
    ['nothing', undefined, 'text-0.0.4', 'underscores'],
    ['curl', '*/*', 'text-0.0.4', 'underscores'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text-0.0.4', 'underscores'],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics-1.0.0',
      'underscores',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics-1.0.0',
      'allow-utf-8',
    ],
    [
      'Prometheus 3 that wants native histograms',
      `${PROTOBUF};escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.1`,
      'protobuf',
      'allow-utf-8',
    ],
    [
      'Prometheus 2 that wants native histograms',
      `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'protobuf',
      'underscores',
    ],
  ])('%s', (_, accept, format, escaping) => {
    expect(negotiate(accept)).toEqual({ format, escaping });
  });
});

describe('the best of what is taken', () => {
  it.each<[string, Exposition['format']]>([
    ['text/plain', 'text-0.0.4'],
    ['text/plain;version=0.0.4', 'text-0.0.4'],
    ['text/plain;version=1.0.0', 'text-1.0.0'],
    ['TEXT/PLAIN; VERSION="1.0.0"', 'text-1.0.0'],
    ['application/openmetrics-text', 'openmetrics-0.0.1'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics-1.0.0'],
    // What is liked more goes first, whatever its place.
    ['text/plain;q=0.5, application/openmetrics-text;version=1.0.0;q=0.6', 'openmetrics-1.0.0'],
    // Liked as much: what is named more exactly, and then the first.
    ['*/*, application/openmetrics-text;version=1.0.0', 'openmetrics-1.0.0'],
    ['text/*, application/openmetrics-text;version=1.0.0', 'openmetrics-1.0.0'],
    ['*/*, application/*', 'openmetrics-0.0.1'],
    ['text/plain, application/openmetrics-text;version=1.0.0', 'text-0.0.4'],
    ['application/openmetrics-text;version=1.0.0, text/plain;version=0.0.4', 'openmetrics-1.0.0'],
    // Refused.
    ['text/plain;q=0, */*', 'openmetrics-0.0.1'],
    ['text/plain;version=0.0.4;q=0, application/openmetrics-text, text/plain', 'openmetrics-0.0.1'],
    ['text/plain;q=0, application/openmetrics-text;q=0, */*;q=0.1', 'text-0.0.4'],
    ['application/openmetrics-text;version=1.0.0;q=0, text/*', 'text-0.0.4'],
    // Unknown.
    ['text/html', 'text-0.0.4'],
    ['application/openmetrics-text;version=2.0.0', 'text-0.0.4'],
    [
      'application/openmetrics-text;version=2.0.0, application/openmetrics-text;version=1.0.0;q=0.5',
      'openmetrics-1.0.0',
    ],
    ['application/vnd.google.protobuf', 'text-0.0.4'],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text', 'text-0.0.4'],
    ['application/vnd.google.protobuf;proto=other;encoding=delimited', 'text-0.0.4'],
    // Broken.
    ['', 'text-0.0.4'],
    [';;,=,"', 'text-0.0.4'],
    ['application/openmetrics-text;version=1.0.0;q=high', 'text-0.0.4'],
  ])('%j', (accept, format) => {
    // Where `text/plain` is refused and nothing else is taken, text is sent nonetheless: a page is more use than a 406.
    expect(negotiate(accept).format).toBe(format);
  });

  it('any header is answered', () => {
    const part = fc.constantFrom(
      'text/plain',
      'application/openmetrics-text',
      '*/*',
      ';',
      ',',
      '=',
      '"',
      '\\',
      'q=0',
      'version',
      '1.0.0',
      'escaping',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        expect(contentType(negotiate(parts.join('')))).toMatch(/; escaping=(allow-utf-8|underscores|dots|values)$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('names', () => {
  const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0';
  it.each<[string, Exposition['escaping']]>([
    [OPEN_METRICS, 'underscores'],
    [`${OPEN_METRICS};escaping=allow-utf-8`, 'allow-utf-8'],
    [`${OPEN_METRICS};escaping=underscores`, 'underscores'],
    [`${OPEN_METRICS};escaping=dots`, 'dots'],
    [`${OPEN_METRICS};escaping=values`, 'values'],
    [`${OPEN_METRICS};escaping=other`, 'underscores'],
    ['text/plain;version=1.0.0;escaping=allow-utf-8', 'allow-utf-8'],
    [`${PROTOBUF};escaping=allow-utf-8`, 'allow-utf-8'],
    // There are no quotes in these.
    ['text/plain;version=0.0.4;escaping=allow-utf-8', 'underscores'],
    ['application/openmetrics-text;version=0.0.1;escaping=allow-utf-8', 'underscores'],
    ['text/plain;version=0.0.4;escaping=values', 'values'],
    // It is said for one format only.
    ['text/plain;version=1.0.0, text/plain;version=0.0.4;escaping=allow-utf-8;q=0.5', 'underscores'],
  ])('%s', (accept, escaping) => {
    expect(negotiate(accept).escaping).toBe(escaping);
  });
});

it.each<[Exposition['format'], Exposition['escaping'], string]>([
  ['text-0.0.4', 'underscores', 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
  ['text-1.0.0', 'allow-utf-8', 'text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8'],
  ['openmetrics-0.0.1', 'dots', 'application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=dots'],
  ['openmetrics-1.0.0', 'values', 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values'],
  [
    'protobuf',
    'allow-utf-8',
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8',
  ],
])('%s with %s is sent as %s', (format, escaping, type) => {
  expect(contentType({ format, escaping })).toBe(type);
});
