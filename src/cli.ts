#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { interruption } from './commands/interruption.ts';
import { main } from './commands/main.ts';
import { openScreen } from './commands/screen.ts';
import { serve } from './commands/serve.ts';
import { takesColour } from './kit/colour.ts';
import { watchCrashes } from './process/crash.ts';
import { processLogger } from './process/log.ts';
import { allowYoungGenerationsToGrow } from './process/memory.ts';

allowYoungGenerationsToGrow(false);

// The reader of a pipe may go away (`| head`); the console back-end, which writes through here, then fails by itself.
process.stdout.on('error', () => undefined);

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  color: takesColour(process.stderr, process.env),
  cwd: process.cwd(),
  env: process.env,
  read: () => readFileSync(0, 'utf8'),
  interruption: () => interruption(process.stdout),
  // Not by `process.stdin`: who only looks at that opens it, and a pipe is no longer read in one go.
  screen:
    isatty(0) && isatty(1) && process.env.TERM !== 'dumb'
      ? () => openScreen(process.stdin, process.stdout, takesColour(process.stdout, process.env))
      : undefined,
  serve: (file, load, takesOver) => {
    const log = processLogger();
    watchCrashes(log);
    return serve(file, load, log, takesOver);
  },
});

// Modules of the original StatsD daemon cannot be stopped: what they left running may end its last requests, no more.
setTimeout(() => process.exit(), 2000).unref();
