import { capture } from './capture.ts';
import { check } from './check.ts';
import { completionOf } from './completion.ts';
import { explain } from './explain.ts';
import type { Program } from './help.ts';
import { init } from './init.ts';
import type { Command } from './io.ts';
import { migrate } from './migrate.ts';
import { migrateExporter } from './migrate-exporter.ts';
import { replay } from './replay.ts';
import { send } from './send.ts';
import { spool } from './spool.ts';
import { starters } from './starters.ts';
import { status } from './status.ts';
import { tap } from './tap.ts';
import { top } from './top.ts';

/** Options without a command, and without a file. */
export const programFlags = {
  port: { type: 'string', value: 'n', says: 'without a file: listen on this port of this machine, UDP and TCP (8125)' },
  backend: {
    type: 'string',
    multiple: true,
    value: 'name',
    values: [...starters.keys()],
    says: 'without a file: send to this back-end (console), as "statsdrain init" would have it; may be repeated',
  },
} as const;

export const program: Program = {
  commands: new Map<string, Command>([
    ['capture', capture],
    ['check', check],
    ['completion', completionOf(() => program)],
    ['explain', explain],
    ['init', init],
    ['migrate', migrate],
    ['migrate-exporter', migrateExporter],
    ['replay', replay],
    ['send', send],
    ['spool', spool],
    ['status', status],
    ['tap', tap],
    ['top', top],
  ]),
  flags: {
    takeover: { type: 'boolean', says: 'in front of the file: run in place of the server that runs with it' },
    ...programFlags,
  },
};
