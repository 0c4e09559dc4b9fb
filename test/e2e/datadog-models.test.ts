import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import datadog from '../../backends/datadog/index.ts';
import { API_KEY, datadogSettings } from '../backends/datadog/defaults.ts';
import { datadogIntake } from '../helper/datadog-intake.ts';
import { sendTo } from '../helper/sending.ts';
import { makeWindow, recordingContext } from '../helper/window.ts';

/** What `install.sh` made. */
const installed = process.env.DATADOG_API_CLIENT;
if (installed === undefined) {
  console.warn(
    'Left out: the models of @datadog/datadog-api-client (test/e2e/datadog-models.test.ts). They are checked after\n' +
      '  test/fixtures/datadog-api/install.sh /tmp/datadog-api && export DATADOG_API_CLIENT=/tmp/datadog-api',
  );
}

interface Serializer {
  deserialize(body: unknown, type: string, format: string): unknown;
}

function models(version: 'v1' | 'v2'): Serializer {
  const load = createRequire(join(installed!, 'package.json'));
  const packages = '@datadog/datadog-api-client/dist/packages';
  return load(`${packages}/datadog-api-client-${version}/models/ObjectSerializer.js`).ObjectSerializer;
}

/** What a model did not know: keys of its own for it, and values that are none of an enumeration. */
function unknownIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = `${path}.${key}`;
    if (key === 'additionalProperties' && inner !== undefined) return [here];
    if (key === '_unparsed' && inner === true) return [here];
    return unknownIn(inner, here);
  });
}

test.skipIf(installed === undefined)('D1 what is posted is what Datadog has models of', async () => {
  const intake = await datadogIntake(API_KEY);
  onTestFinished(intake.close);
  const settings = datadogSettings({ url: intake.url, distributions: 'points', tags: ['env:prod'] });
  const backend = datadog.create(settings, recordingContext());
  onTestFinished(async () => backend.stop?.());
  const timestamp = 1_700_000_005;
  const window = makeWindow({
    series: [
      { type: 'counter', name: 'hits', tags: ['a', 'device:eth0'], value: 3 },
      { type: 'gauge', name: 'g', host: '', value: -1.5 },
      { type: 'set', name: 's', value: 4 },
      { type: 'timer', name: 't', values: [1, 2, 3] },
      { type: 'distribution', name: 'd', values: [1, 2, 3] },
    ],
    points: [{ type: 'counter', name: 'p', tags: ['x'], timestamp, value: 3 }],
    serviceChecks: [{ name: 'up', status: 2, timestamp, message: 'why', tags: ['a'] }],
  });
  await sendTo(backend, window, AbortSignal.timeout(20_000));
  const body = (path: string) => JSON.parse(String(intake.requests.find((one) => one.path === path)?.body));
  const read = [
    models('v2').deserialize(body('/api/v2/series'), 'MetricPayload', ''),
    models('v1').deserialize(body('/api/v1/distribution_points'), 'DistributionPointsPayload', ''),
    models('v1').deserialize(body('/api/v1/check_run'), 'Array<ServiceCheck>', ''),
  ];
  expect(read.map((one) => unknownIn(one))).toEqual([[], [], []]);
  // The models take points in the form of version 1 without a word.
  const [series] = read as [{ series: { metric: string; points: { timestamp: number; value: number }[] }[] }];
  expect(series.series.map(({ metric }) => metric)).toContain('p');
  for (const { points } of series.series) {
    expect(points.every((point) => Number.isInteger(point.timestamp) && Number.isFinite(point.value))).toBe(true);
  }
});

test.skipIf(installed === undefined)('the models do notice what is wrong', () => {
  const v2 = models('v2');
  const point = { timestamp: 1, value: 1 };
  expect(() => v2.deserialize({ series: [{ points: [point] }] }, 'MetricPayload', '')).toThrow();
  const unknown = { series: [{ metric: 'x', points: [point], type: 9, host: 'h' }] };
  expect(unknownIn(v2.deserialize(unknown, 'MetricPayload', '')).length).toBeGreaterThan(0);
});
