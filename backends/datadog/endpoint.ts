import type { Endpoint } from '../../src/kit/http/endpoint.ts';

const json = { contentType: 'application/json', compressed: false } as const;
const minute = 60_000;

/** Limits: https://docs.datadoghq.com/api/latest/metrics/#submit-metrics */
export const SERIES: Endpoint = {
  ...json,
  lane: 'series',
  repeatable: true,
  path: '/api/v2/series',
  head: '{"series":[',
  separator: ',',
  tail: ']}',
  compressed: true,
  maxBytes: 512_000,
  maxRawBytes: 5_242_880,
  maxPoints: 10_000,
};

/** Limits: those of the Datadog Agent's serializer; this endpoint is not in the public API. */
export const SKETCHES: Endpoint = {
  lane: 'sketches',
  path: '/api/beta/sketches',
  contentType: 'application/x-protobuf',
  compressed: true,
  maxBytes: 2_621_440,
  maxRawBytes: 4_194_304,
  maxPoints: 10_000,
};

/** https://docs.datadoghq.com/api/latest/metrics/#submit-distribution-points, within what the Agent allows itself of its limits. */
export const DISTRIBUTION_POINTS: Endpoint = {
  ...json,
  lane: 'distribution_points',
  path: '/api/v1/distribution_points',
  head: '{"series":[',
  separator: ',',
  tail: ']}',
  compressed: true,
  maxBytes: 2_621_440,
  maxRawBytes: 4_194_304,
  maxPoints: 10_000,
};

/** The intake takes none that is older than ten minutes. */
export const SERVICE_CHECKS: Endpoint = {
  ...json,
  lane: 'service_checks',
  path: '/api/v1/check_run',
  head: '[',
  separator: ',',
  tail: ']',
  maxBytes: 512_000,
  maxRawBytes: 512_000,
  maxPoints: 1000,
  maxAgeMs: 10 * minute,
};

/** As the Agent posts them: those of one source together. None that is older than 18 hours is taken. */
export const EVENTS: Endpoint = {
  ...json,
  lane: 'events',
  path: '/intake/',
  separator: ',',
  maxBytes: 512_000,
  maxRawBytes: 512_000,
  maxPoints: 100,
  maxAgeMs: 18 * 60 * minute,
};
