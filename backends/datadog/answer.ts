import type { Judge } from '../../src/kit/http/verdict.ts';

/**
 * As the Datadog Agent and its users have it: 401 and 403 are about the key; 402 and 404 about an account or an address that has no
 * such thing, which keeping would not mend; all others of 400 and more are sent again, but for 400 and 413.
 */
export const judge: Judge = (status) => {
  switch (status) {
    case 401:
    case 403:
      return 'refused_everywhere';
    case 402:
    case 404:
      return 'useless';
    default:
      return undefined;
  }
};

/** What a refused key may come from. `place`: of its destination in the block, such as `destinations[0].`. */
export function adviceFor(
  status: number,
  { site, url }: { readonly site: string; readonly url?: string | undefined },
  place = '',
): string | undefined {
  if (judge(status, '') !== 'refused_everywhere') return undefined;
  const where = url === undefined ? `the site "${site}" ("${place}site")` : `the server of "${place}url"`;
  return `"${place}apiKey" is no API key of ${where}`;
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
