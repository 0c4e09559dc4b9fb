#!/usr/bin/env node
import { main, serve } from './commands.ts';
import { processLogger } from './log.ts';

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  cwd: process.cwd(),
  env: process.env,
  serve: (file, config) => serve(file, config, processLogger()),
});
