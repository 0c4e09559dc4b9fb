import { type Bench, STATSDRAIN } from './bench.ts';
import { lineColumns, runKind } from './in-process.ts';
import { lineKinds } from './line-kinds.ts';

export const kinds: Bench = {
  name: 'kinds',
  description:
    'What a line of each kind costs, in memory, of 1,000 series (20 where it is past a limit), with a window a second: the plane in ' +
    'WebAssembly takes nearly all of them, and what it leaves costs several times as much.',
  columns: lineColumns,
  guards: [],
  async cases() {
    return {
      cases: lineKinds.map(({ name }) => ({
        workload: name,
        subject: STATSDRAIN,
        run: (seconds: number) => runKind(name, seconds),
      })),
      left: [],
    };
  },
};
