import type { Backend, BackendContext } from '../../src/plugin.ts';
import type { ConsoleConfig } from './config.ts';
import { jsonChunks } from './json.ts';
import { type Environment, type Output, type OutputStream, openOutput } from './output.ts';
import { type Shown, tablesOf } from './tables.ts';
import { renderText } from './text.ts';

/** Prints to the stream that `stream` gives when it starts. */
export function createConsole(
  { format, selfMetrics, maxSeries }: ConsoleConfig,
  context: Pick<BackendContext, 'percentiles'>,
  stream: () => OutputStream,
  environment: Environment,
): Backend {
  let output: Output | undefined;
  let shown: Shown = new Map();
  const options = { percentiles: context.percentiles, selfMetrics, maxSeries };
  return {
    async start() {
      output ??= openOutput(stream(), environment);
      return undefined;
    },
    async send(window, signal) {
      output ??= openOutput(stream(), environment);
      if (format === 'json') {
        for (const chunk of jsonChunks(window)) await output.write(chunk, signal);
        return;
      }
      const tables = await tablesOf(window, options, shown, signal);
      const { columns, colour } = output;
      await output.write(renderText(window, tables, { columns, colour, maxItems: maxSeries }), signal);
      // Not before: a window that is sent again is compared with the same one again.
      shown = tables.shown;
    },
    async stop() {
      output?.close();
      output = undefined;
    },
  };
}
