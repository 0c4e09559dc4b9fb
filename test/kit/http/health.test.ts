import { expect, it } from 'vitest';
import { probes } from '../../../src/kit/http/health.ts';

it.each([
  ['/healthz', true, 200],
  ['/healthz', false, 200],
  ['/readyz', true, 200],
  ['/readyz', false, 503],
])('%s of a server that is ready (%s) is %i', (path, ready, status) => {
  const health = probes(() => ready).get(path)?.();
  expect(health?.status).toBe(status);
  expect(health?.sentence).toMatch(/^[A-Z].*\.$/);
});
