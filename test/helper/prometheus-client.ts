import { spawn } from 'node:child_process';
import { accessSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linesOf } from './lines-of.ts';

/** What `test/fixtures/prometheus/install.sh` made. */
const installed = process.env.PROMETHEUS_CLIENT;
if (installed === undefined) {
  console.warn(
    "Left out: the tests with the parsers of Prometheus' client for Python. With Python they run after\n" +
      '  test/fixtures/prometheus/install.sh /tmp/prometheus-client && export PROMETHEUS_CLIENT=/tmp/prometheus-client',
  );
} else {
  accessSync(join(installed, 'prometheus_client'));
}

export const hasPrometheusClient = installed !== undefined;

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly (readonly [
    name: string,
    labels: Readonly<Record<string, string>>,
    /** As Python writes it: `1.0`, `nan`, `inf`. */
    value: string,
    exemplar: readonly [labels: Readonly<Record<string, string>>, value: string, seconds: number] | null,
  ])[];
}

export interface PrometheusClient {
  /** Throws what the parser says of a page that it does not take. */
  parse(format: 'text' | 'openmetrics', page: string): Promise<readonly ParsedFamily[]>;
  stop(): Promise<void>;
}

/** The parsers of Prometheus' client for Python, in a process of its own. One page at a time. */
export function startPrometheusClient(): PrometheusClient {
  const program = fileURLToPath(new URL('../fixtures/prometheus/parse.py', import.meta.url));
  const child = spawn('python3', [program], {
    env: { ...process.env, PYTHONPATH: installed, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let answered = (_: string) => {};
  linesOf(
    child.stdout,
    (line) => answered(line),
    () => undefined,
  );
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`parse.py ended with ${code}`)));
  });
  ended.catch(() => undefined);
  return {
    async parse(format, page) {
      const answer = new Promise<string>((resolve) => {
        answered = resolve;
      });
      child.stdin.write(`${JSON.stringify({ format, page })}\n`);
      const { families, error } = JSON.parse(await Promise.race([answer, ended]));
      if (error !== undefined) throw new Error(`${error} in the page\n${page}`);
      return families;
    },
    async stop() {
      child.stdin.end();
      await ended.catch(() => undefined);
    },
  };
}
