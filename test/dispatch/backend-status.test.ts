import { afterEach, expect, it } from 'vitest';
import { createBackendTotals, statusOf } from '../../src/dispatch/backend-status.ts';
import { keepSecrets } from '../../src/process/secrets.ts';
import { type BackendReport, IDLE_LANE } from '../../src/telemetry/backend-report.ts';

afterEach(() => keepSecrets([]));

function report(changes: Partial<BackendReport>): BackendReport {
  return {
    name: 'datadog',
    queueWindows: 0,
    queueBytes: 0,
    queueAgeMs: 0,
    sends: 0,
    sendMs: 0,
    retries: 0,
    failures: 0,
    lostWindows: new Map(),
    lostItems: new Map(),
    lanes: new Map(),
    counts: new Map(),
    ...changes,
  };
}

const runner = {
  queued: { windows: 2, bytes: 2048 },
  queueAgeMs: () => 1500,
  outcomes: { lastSuccessMs: 5000, lastError: { atMs: 6000, message: 'refused' } },
  lanesNow: () => [
    { name: 'eu /series', payloads: 3, bytes: 100, spooled: 1, ageMs: 900, open: true, outcomes: { lastSuccessMs: 5 } },
  ],
};

it('is what a back-end does now, and what it did since the start', () => {
  const totals = createBackendTotals();
  const lane = { ...IDLE_LANE, delivered: 4, givenUp: new Map([['too_old', 1]]) };
  totals.add([report({ sends: 3, lostItems: new Map([['bad_name', 2]]), lanes: new Map([['eu /series', lane]]) })]);
  totals.add([report({ sends: 1, failures: 2, lanes: new Map([['eu /series', { ...lane, delivered: 6 }]]) })]);
  const running = { runner, type: 'datadog', addresses: ['https://example.org'] };
  expect(statusOf('datadog', running, totals.of('datadog'))).toEqual({
    name: 'datadog',
    type: 'datadog',
    addresses: ['https://example.org'],
    running: true,
    queueWindows: 2,
    queueBytes: 2048,
    queueAgeMs: 1500,
    sends: 4,
    failures: 2,
    lostWindows: new Map(),
    lostItems: new Map([['bad_name', 2]]),
    lastSuccessMs: 5000,
    lastError: { atMs: 6000, message: 'refused' },
    lanes: [
      {
        name: 'eu /series',
        payloads: 3,
        bytes: 100,
        ageMs: 900,
        spooled: 1,
        down: true,
        delivered: 10,
        givenUp: new Map([['too_old', 2]]),
        lastSuccessMs: 5,
      },
    ],
  });
});

it('says of one that could not start what waits for it', () => {
  const status = statusOf('datadog', undefined, report({ queueWindows: 7, queueAgeMs: 60_000 }));
  expect(status).toMatchObject({ running: false, queueWindows: 7, queueAgeMs: 60_000, lanes: [] });
  expect(statusOf('new', undefined, undefined)).toMatchObject({ running: false, queueWindows: 0, sends: 0 });
});

it('shows no secret that a server repeats', () => {
  keepSecrets([{ mark: '(KEY)', value: 'very-secret-key' }]);
  const outcomes = { lastError: { atMs: 1, message: 'answered 403: very-secret-key is unknown' } };
  const status = statusOf('x', { runner: { ...runner, outcomes }, type: 'x', addresses: [] }, undefined);
  expect(status.lastError?.message).not.toContain('very-secret-key');
});
