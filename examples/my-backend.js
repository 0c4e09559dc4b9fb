import { writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

/** Appends the counters of every window to a file: `{ "use": "./examples/my-backend.js", "path": "counters.txt" }` */
export default {
  kind: 'backend',
  name: 'counters-file',
  config: ({ z }) => z.strictObject({ path: z.string().min(1).describe('File to append to.') }),
  describe: ({ path }) => path,
  create: ({ path }) => ({
    async send(window, signal) {
      let lines = '';
      let seen = 0;
      for (const series of window.series) {
        // All back-ends share one thread, and a window may have a million series.
        if (++seen % 4096 === 0) await setImmediate();
        if (series.type !== 'counter') continue;
        lines += `${new Date(window.endMs).toISOString()} ${[series.name, ...series.tags].join(' ')} ${series.value}\n`;
      }
      await writeFile(path, lines, { flag: 'a', signal });
    },
  }),
};
