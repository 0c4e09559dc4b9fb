import type { Judge } from '../../src/kit/http/verdict.ts';
import type { DatadogConfig } from './config.ts';

/** https://docs.datadoghq.com/api/latest/metrics/#submit-metrics: of the usual ones, 403 is about the key, as 401 is. */
export const judge: Judge = (status) => (status === 401 || status === 403 ? 'refused_everywhere' : undefined);

/** What a refused key may come from. */
export function adviceFor(status: number, { site, url }: Pick<DatadogConfig, 'site' | 'url'>): string | undefined {
  if (judge(status, '') === undefined) return undefined;
  const where = url === undefined ? `the site "${site}" ("site")` : 'the server of "url"';
  return `"apiKey" is no API key of ${where}`;
}

/** `{"errors":["…"]}`: what the intake reports although it took the request. */
export function complaintsIn(answer: string): readonly string[] {
  let body: unknown;
  try {
    body = JSON.parse(answer);
  } catch {
    return [];
  }
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return [];
  return body.errors.filter((error) => error !== null && error !== '').map((error) => String(error).slice(0, 200));
}
