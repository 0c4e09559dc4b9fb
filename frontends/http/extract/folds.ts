/**
 * Values that a visitor can choose, as a number and as the tag they become: those that are known, and `other` for all else. Nobody makes
 * series by asking with methods or for statuses that there are not.
 */
export interface Fold {
  /** 0: `other`. */
  indexOf(text: string): number;
  /** Values of `indexOf` are below it. */
  readonly size: number;
  tag(index: number): string;
}

function fold(known: readonly string[]): Fold {
  const tags = ['other', ...known];
  const indices = new Map(tags.map((tag, index) => [tag, index]));
  return { indexOf: (text) => indices.get(text) ?? 0, size: tags.length, tag: (index) => tags[index]! };
}

export const methods = fold(['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT']);

/** `protocol=` of Heroku's router; `none` where a line has no such field. */
export const protocols = fold(['none', 'https', 'http', 'http1.0', 'http1.1', 'http2.0', 'http3.0', 'wss', 'ws']);

/** The registry of HTTP statuses, and those of nginx and of content networks. */
const STATUSES = new Set([
  ...[100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308],
  ...[
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424,
  ],
  ...[
    425, 426, 428, 429, 431, 444, 451, 494, 495, 496, 497, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
  ],
  ...[520, 521, 522, 523, 524, 525, 526, 527, 530],
]);

export function statusTag(status: number): string {
  return STATUSES.has(status) ? String(status) : 'other';
}

/** `2xx` and its like. */
export function statusClass(status: number): string {
  return status >= 100 && status <= 599 ? `${Math.floor(status / 100)}xx` : 'other';
}
