import type { Endpoint } from '../../src/kit/http/endpoint.ts';

const json = { contentType: 'application/json', compressed: false } as const;

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
};

/** Takes one event per request. */
export const EVENTS: Endpoint = {
  ...json,
  lane: 'events',
  path: '/api/v1/events',
  maxBytes: 512_000,
  maxRawBytes: 512_000,
  maxPoints: 1,
};
