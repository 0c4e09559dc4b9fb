import { createLogReaders, type LogReaderOptions, type LogSource } from '../../../frontends/http/extract/reader.ts';
import { atOnce } from '../../../src/kit/slices.ts';
import { type RecordingIntake, recordIntake } from '../../helper/intake.ts';
import { found } from './log-frames.ts';

export interface ReadingOptions extends Partial<LogReaderOptions>, Partial<LogSource> {
  readonly structuredData?: boolean;
  readonly believed?: boolean;
  readonly intake?: RecordingIntake;
}

/** A reader over a recording intake, which gives way as often as it may. */
export function openReader({ intake = recordIntake(), ...options }: ReadingOptions = {}) {
  const reader = createLogReaders(intake, {
    profile: 'tagged',
    procIdAsSource: undefined,
    platformLines: false,
    maxSeries: 1000,
    spent: () => true,
    now: () => 0,
    ...options,
  })();
  reader.begin({ client: { name: 'user drain' }, app: undefined, stream: '', repeated: false, ...options });
  return { intake, reader };
}

export function readFrames(body: Buffer, options: ReadingOptions = {}) {
  const { intake, reader } = openReader(options);
  const { structuredData = false, believed = true } = options;
  const count = atOnce(reader.frames(body, { structuredData, believed }));
  return { intake, count, found: found(intake) };
}

export function readLines(body: string | Buffer, options: ReadingOptions = {}) {
  const { intake, reader } = openReader(options);
  atOnce(reader.lines(Buffer.from(body)));
  return { intake, found: found(intake) };
}
