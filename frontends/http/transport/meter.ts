import type { Intake } from '../../../src/plugin.ts';

/** An intake that knows how many ready samples it was given. */
export function meter(intake: Intake): { readonly intake: Intake; samples(): number } {
  let samples = 0;
  return {
    samples: () => samples,
    intake: {
      lines: (...given) => intake.lines(...given),
      stream: (...given) => intake.stream(...given),
      sample(...given) {
        samples++;
        intake.sample(...given);
      },
      member(...given) {
        samples++;
        intake.member(...given);
      },
      series(...given) {
        const series = intake.series(...given);
        return {
          add(...value) {
            samples++;
            series.add(...value);
          },
        };
      },
      discard: (...given) => intake.discard(...given),
      kernelDropped: (...given) => intake.kernelDropped(...given),
      count: (...given) => intake.count(...given),
    },
  };
}
