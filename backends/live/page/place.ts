/** What the page shows, as its address says it behind `#`, so that it can be kept and sent to others. */
export interface Place {
  /** What is searched for. */
  readonly q: string;
  /** A line that is explained. */
  readonly line: string;
  readonly by: 'lines' | 'series';
  /** A chart that is shown large: `lines`, `series`, … */
  readonly chart: string;
}

const nowhere: Place = { q: '', line: '', by: 'lines', chart: '' };

export function placeOf(hash: string): Place {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    q: given.get('q') ?? '',
    line: given.get('line') ?? '',
    by: given.get('by') === 'series' ? 'series' : 'lines',
    chart: given.get('chart') ?? '',
  };
}

/** Without what is as always. */
export function hashOf(place: Place): string {
  const entries = Object.entries(place).filter(([key, value]) => value !== nowhere[key as keyof Place]);
  return entries.length === 0 ? '' : `#${new URLSearchParams(entries)}`;
}
