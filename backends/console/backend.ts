import { unixSeconds } from '../../src/kit/unix-time.ts';
import { type Backend, type BackendContext, sendError, type Window } from '../../src/plugin.ts';
import type { ConsoleConfig } from './config.ts';
import { jsonChunks } from './json.ts';
import { type Environment, type Output, type OutputStream, openOutput } from './output.ts';
import { statsdText } from './statsd.ts';
import { type Shown, tablesOf } from './tables.ts';
import { renderText } from './text.ts';

/** Prints to the stream that `stream` gives when it starts. */
export function createConsole(
  { format, prettyprint, selfMetrics, maxSeries }: ConsoleConfig,
  context: Pick<BackendContext, 'percentiles' | 'statsd'>,
  stream: () => OutputStream,
  environment: Environment,
): Backend {
  let output: Output | undefined;
  let shown: Shown = new Map();
  const options = { percentiles: context.percentiles, selfMetrics, maxSeries };
  // The original too has both at its own start, and leaves them there for ever.
  let lastFlush = context.statsd.startupTime;
  let lastException = lastFlush;

  const print = async (window: Window, signal: AbortSignal, to: Output): Promise<void> => {
    if (format === 'json') {
      for (const chunk of jsonChunks(window)) await to.write(chunk, signal);
      return;
    }
    const { columns, colour } = to;
    if (format === 'statsd') {
      if (window.statsd === undefined) {
        const message = 'the window has no metrics of the original daemon, which "format": "statsd" needs';
        throw sendError(message, { permanent: true });
      }
      for await (const piece of statsdText(window.statsd, { prettyprint, colour })) await to.write(piece, signal);
      return;
    }
    const tables = await tablesOf(window, options, shown, signal);
    await to.write(renderText(window, tables, { columns, colour, maxItems: maxSeries }), signal);
    // Not before: a window that is sent again is compared with the same one again.
    shown = tables.shown;
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
    },
  };
}
