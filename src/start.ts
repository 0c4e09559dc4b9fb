#!/usr/bin/env node
import { keepCompiledCode } from './process/compile-cache.ts';

keepCompiledCode(process.env);
// Not before: what is imported statically has been compiled by the time that a module runs.
await import('./cli.ts');
