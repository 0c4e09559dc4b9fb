/** One slot of the whole server. */
export interface Point {
  /** Unix milliseconds: its end. */
  readonly time: number;
  /** A second. */
  readonly lines: number;
  /** Series that received something. */
  readonly series: number;
  /** Lines, datagrams and what was not delivered. */
  readonly drops: number;
  /** Lines. */
  readonly rejected: number;
  /** Cores. */
  readonly cpu: number;
  readonly rssBytes: number;
}

/** The points side by side, the oldest first. */
export interface Columns {
  readonly times: readonly number[];
  readonly lines: readonly number[];
  readonly series: readonly number[];
  readonly drops: readonly number[];
  readonly rejected: readonly number[];
  readonly cpu: readonly number[];
  readonly rssBytes: readonly number[];
}

export interface History {
  add(point: Point): void;
  columns(): Columns;
  readonly last: Point | undefined;
}

const SPAN_MS = 3_600_000;

/** The points of the last hour: 3,600 at most, for a slot is a second at least. */
export function createHistory(slotMs: number): History {
  const most = Math.max(1, Math.round(SPAN_MS / slotMs));
  const points: Point[] = [];
  return {
    add(point) {
      points.push(point);
      if (points.length > most) points.shift();
    },
    columns() {
      const column = (key: keyof Point) => points.map((point) => point[key]);
      return {
        times: column('time'),
        lines: column('lines'),
        series: column('series'),
        drops: column('drops'),
        rejected: column('rejected'),
        cpu: column('cpu'),
        rssBytes: column('rssBytes'),
      };
    },
    get last() {
      return points.at(-1);
    },
  };
}
