import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startComponent } from './components.ts';
import { temporaryFolder } from './process.ts';

/** What a Prometheus is to scrape. */
export interface Job {
  /** The label `job`. */
  readonly name: string;
  /** Port of the page on the loopback. */
  readonly page: number;
  /** For Prometheus 3: what it asks for, such as `PrometheusProto`. */
  readonly protocol?: string;
}

/** One series of an answer. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  /** Unix seconds and value; of an instant vector, one. */
  readonly points: readonly (readonly [number, number])[];
}

export interface RealPrometheus {
  /** Asks the HTTP API. Empty where nothing is known, or it does not answer yet. */
  ask(query: string, atSeconds?: number): Promise<readonly Answer[]>;
  /** Sum of all changes of a counter over the last `seconds`, resets counted, by `job`: as `increase()` but for its guesses at the ends. */
  changes(counter: string, seconds: number): Promise<ReadonlyMap<string, number>>;
  /** The errors of its last scrapes, by `job`; `''` where it went well. */
  faults(): Promise<ReadonlyMap<string, string>>;
}

interface RawSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** Scrapes each second, for as long as the test goes on, and listens on `port`. */
export async function startPrometheus(
  program: string,
  port: number,
  jobs: readonly Job[],
  flags: readonly string[],
): Promise<RealPrometheus> {
  const folder = temporaryFolder();
  const scrapes = jobs.map(({ name, page, protocol }) => ({
    job_name: name,
    static_configs: [{ targets: [`127.0.0.1:${page}`] }],
    ...(protocol && { scrape_protocols: [protocol] }),
  }));
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: scrapes };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const component = startComponent(program, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    ...flags,
  ]);
  const get = async <T>(path: string): Promise<T | undefined> => {
    if (!component.running) throw new Error(`${program} ended:\n${component.output}`);
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (response === undefined || response.status === 503) return undefined;
    const body = (await response.json()) as { readonly data: T; readonly error?: string };
    if (body.error !== undefined) throw new Error(`${path}: ${body.error}`);
    return body.data;
  };
  const ask = async (query: string, atSeconds?: number) => {
    const at = atSeconds === undefined ? '' : `&time=${atSeconds}`;
    const data = await get<{ readonly result: readonly RawSeries[] }>(
      `/api/v1/query?query=${encodeURIComponent(query)}${at}`,
    );
    return (data?.result ?? []).map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
      labels: metric,
      points: values.map(([seconds, text]) => [seconds, Number(text)] as const),
    }));
  };
  // It answers before it can ingest: up, and then ready.
  await expect.poll(() => ask('vector(1)').then(({ length }) => length), { timeout: 20_000, interval: 50 }).toBe(1);
  return {
    ask,
    async changes(counter, seconds) {
      const answers = await ask(`${counter}[${seconds}s]`);
      return new Map(answers.map(({ labels, points }) => [labels.job ?? '', changesOf(points)]));
    },
    async faults() {
      const targets = await get<{ readonly activeTargets: readonly { scrapePool: string; lastError: string }[] }>(
        '/api/v1/targets',
      );
      return new Map((targets?.activeTargets ?? []).map(({ scrapePool, lastError }) => [scrapePool, lastError]));
    },
  };
}

/** A value below the one before it is a counter that began again at 0. */
function changesOf(points: Answer['points']): number {
  let sum = 0;
  for (let at = 1; at < points.length; at++) {
    const [before, now] = [points[at - 1]![1], points[at]![1]];
    sum += now < before ? now : now - before;
  }
  return sum;
}
