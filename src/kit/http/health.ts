export interface Health {
  /** HTTP status. */
  readonly status: 200 | 503;
  /** The body of the answer. */
  readonly sentence: string;
}

/** What is asked by those that watch over a process, by path. */
export function probes(ready: () => boolean): ReadonlyMap<string, () => Health> {
  return new Map([
    ['/healthz', () => ({ status: 200, sentence: 'The process is running.' })],
    [
      '/readyz',
      () =>
        ready()
          ? { status: 200, sentence: 'Traffic is accepted.' }
          : { status: 503, sentence: 'The server is starting or stopping.' },
    ],
  ]);
}
