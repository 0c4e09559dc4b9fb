import { type Bench, type Case, type Figures, type Guard, type Row, type Spread, STATSDRAIN } from './bench.ts';

export interface Effort {
  readonly runs: number;
  /** Of one run. */
  readonly seconds: number;
}

/** All cases take turns in each run, so that a disturbance of the machine meets all of them alike. */
export async function measure(
  cases: readonly Case[],
  { runs, seconds }: Effort,
  progress: (text: string) => void,
): Promise<Row[]> {
  const taken = cases.map((): Figures[] => []);
  for (let run = 1; run <= runs; run++) {
    for (const [index, each] of cases.entries()) {
      progress(`run ${run}/${runs}: ${each.workload}, ${each.subject}`);
      taken[index]!.push(await each.run(seconds));
    }
  }
  return cases.map(({ workload, subject }, index) => ({ workload, subject, figures: spreads(taken[index]!) }));
}

function spreads(runs: readonly Figures[]): Record<string, Spread> {
  return Object.fromEntries(
    Object.keys(runs[0] ?? {}).map((key) => [key, spreadOf(runs.map((figures) => figures[key]!))]),
  );
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const [min, max] = [sorted[0]!, sorted[sorted.length - 1]!];
  return { median: significant(median), min: significant(min), max: significant(max) };
}

/** More digits than these differ from run to run anyway. */
function significant(value: number): number {
  return Number(value.toPrecision(4));
}

/** The cases that the guards compare: all that a short run needs. */
export function guarded(cases: readonly Case[], guards: readonly Guard[]): readonly Case[] {
  return cases.filter(({ workload, subject }) =>
    guards.some((guard) => guard.workload === workload && (subject === guard.peer || subject === STATSDRAIN)),
  );
}

/** One sentence for each guard that does not hold. A guard whose peer was not measured says nothing. */
export function violations({ name, guards }: Bench, rows: readonly Row[]): string[] {
  const median = (workload: string, subject: string, column: string) =>
    rows.find((row) => row.workload === workload && row.subject === subject)?.figures[column]?.median;
  return guards.flatMap(({ workload, column, peer, atMost }) => {
    const own = median(workload, STATSDRAIN, column);
    const others = peer === undefined ? 1 : median(workload, peer, column);
    if (own === undefined || others === undefined || own <= others * atMost) return [];
    const found = (own / others).toFixed(2);
    const what = peer === undefined ? found : `${found} times that of ${peer}`;
    return [`${name}, ${workload}: ${column} is ${what}; allowed is at most ${atMost}`];
  });
}
