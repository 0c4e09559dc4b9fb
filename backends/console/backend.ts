import { unixSeconds } from '../../src/kit/unix-time.ts';
import { type Backend, type BackendContext, sendError, type Window } from '../../src/plugin.ts';
import type { ConsoleConfig } from './config.ts';
import { jsonChunks } from './json.ts';
import { type Environment, type Output, openOutput } from './output.ts';
import type { OutputStream } from './standard-output.ts';
import { statsdText } from './statsd.ts';
import { type Shown, tablesOf } from './tables.ts';
import { renderText } from './text.ts';

type Pieces = Iterator<string, undefined> | AsyncIterator<string, undefined>;

/** Windows that this process has begun to print as JSON: several consoles may share one stream. */
let windows = 0;

/** Prints to the stream that `stream` gives when it starts. */
export function createConsole(
  { format, prettyprint, selfMetrics, maxSeries }: ConsoleConfig,
  context: Pick<BackendContext, 'percentiles' | 'statsd' | 'lost'>,
  stream: () => OutputStream,
  environment: Environment,
): Backend {
  let output: Output | undefined;
  let shown: Shown = new Map();
  const options = { percentiles: context.percentiles, selfMetrics, maxSeries };
  // The original too has both at its own start, and leaves them there for ever.
  let lastFlush = context.statsd.startupTime;
  let lastException = lastFlush;

  /** What of the window that was begun last is yet to be printed. */
  let begun: { readonly window: Window; readonly rest: Pieces } | undefined;

  const piecesOf = async (window: Window, signal: AbortSignal, { columns, colour }: Output): Promise<Pieces> => {
    switch (format) {
      case 'json':
        windows++;
        return jsonChunks(window, windows);
      case 'statsd': {
        if (window.points.length > 0) context.lost('unsupported', window.points.length);
        if (window.statsd !== undefined) return statsdText(window.statsd, { prettyprint, colour });
        const message = 'the window has no metrics of the original daemon, which "format": "statsd" needs';
        throw sendError(message, { permanent: true });
      }
      case 'text': {
        const tables = await tablesOf(window, options, shown, signal);
        shown = tables.shown;
        return [renderText(window, tables, { columns, colour, maxItems: maxSeries })].values();
      }
      default:
        return format satisfies never;
    }
  };

  /** Goes on where the attempt before stopped. */
  const print = async (window: Window, signal: AbortSignal, to: Output): Promise<void> => {
    await to.drained(signal);
    if (begun?.window !== window) begun = { window, rest: await piecesOf(window, signal, to) };
    for (let next = await begun.rest.next(); !next.done; next = await begun.rest.next()) {
      to.put(next.value);
      await to.drained(signal);
    }
    begun = undefined;
  };

  return {
    async start() {
      output ??= openOutput(stream(), environment);
      return undefined;
    },
    async send(window, signal) {
      output ??= openOutput(stream(), environment);
      try {
        await print(window, signal, output);
        lastFlush = unixSeconds();
      } catch (error) {
        lastException = unixSeconds();
        throw error;
      }
    },
    status: () => [
      { group: 'console', name: 'lastFlush', value: lastFlush },
      { group: 'console', name: 'lastException', value: lastException },
    ],
    async stop() {
      output?.close();
      output = undefined;
      begun = undefined;
    },
  };
}
