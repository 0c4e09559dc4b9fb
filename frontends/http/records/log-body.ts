import type { Steps } from '../../../src/kit/slices.ts';
import type { LogRecord } from './record.ts';

/** Where a sender puts the log text of one body. Nothing of it throws; what takes long yields. */
export interface LogBody {
  /** Octet counting. Gives the number of frames. */
  frames(body: Buffer, kind: FrameKind): Steps<number>;
  /** Lines that end with LF, with or without the head of a line of syslog or of `heroku logs`. */
  lines(body: Buffer): Steps<void>;
  /** Kept until `flush`, which has to come next where this gives true. At the end of a body it comes by itself. */
  record(record: LogRecord): boolean;
  flush(): Steps<void>;
}

export interface FrameKind {
  /** Messages have the STRUCTURED-DATA that Logplex leaves out. */
  readonly structuredData: boolean;
  /** Messages are the platform's where they say so. */
  readonly believed: boolean;
}
