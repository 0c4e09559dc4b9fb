import { logplex } from './logplex.ts';
import { raw } from './raw.ts';
import type { Sender } from './sender.ts';

/** Who may post to `POST /logs`, in the order in which they are asked for a body; the last takes what is left. */
export const logSenders: readonly [Sender, ...Sender[]] = [logplex, raw];
