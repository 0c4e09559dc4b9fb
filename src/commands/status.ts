import { FAILED } from '../process/exit-codes.ts';
import type { RejectedLines, ServerState } from './api.ts';
import type { Asked } from './ask.ts';
import { type Command, type Flags, UsageError } from './io.ts';
import { parseOptions } from './options.ts';
import { askFor, findRunning } from './running.ts';
import { statusText, verdictLines } from './status-text.ts';

const flags = {
  json: { type: 'boolean', says: 'what the server answers, as one line of JSON' },
  quiet: { type: 'boolean', says: 'print nothing where it is healthy, and else only why not' },
} as const satisfies Flags;

/** Tells how a running server does, and says by the exit code whether it is healthy. */
export const status: Command = {
  usage: 'status [config.json] [--json] [--quiet]',
  summary: 'tell how a running server does; the exit code says whether it is healthy',
  about: `Asks the back-end "live" of a running server. Its address and a credential are those of the
configuration (./config.json). A URL may be given in its place, with a user and a password in it,
or a token in the variable STATSDRAIN_TOKEN.

The exit code is 0 where the verdict is "good" or "warning" (something should be looked at, and nothing
is being lost), and 1 where it is "bad", or nobody answers: for the health check of a container.
`,
  options: flags,
  examples: `  statsdrain status
  statsdrain status --quiet http://127.0.0.1:8127
`,
  async run(args, io) {
    const { values, positionals } = parseOptions('status', flags, args);
    const [given, extra] = positionals;
    const { json = false, quiet = false } = values;
    if (extra !== undefined) throw new UsageError(`status: unexpected argument "${extra}": it takes one file or URL`);
    if (json && quiet) throw new UsageError('status: --json and --quiet do not go together; remove one of them');
    const asked = await findRunning('status', given, io);
    const state = await askFor<ServerState>(asked, '/api/status', 'verdict', 'frontends', 'backends');
    const healthy = state.verdict.level !== 'bad';
    if (json) io.out(`${JSON.stringify(state)}\n`);
    else if (!quiet) io.out(statusText(state, await rejectedAt(asked), asked.url));
    else if (!healthy) io.out(`${verdictLines(state).join('\n')}\n`);
    return healthy ? 0 : FAILED;
  },
};

/** Lines that are shown. */
const MOST_REJECTED = 5;

function rejectedAt(asked: Asked): Promise<RejectedLines> {
  return askFor<RejectedLines>(asked, `/api/rejected?limit=${MOST_REJECTED}`, 'lines');
}
