import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExporterRules } from '../config/exporter/rules.ts';
import { ConfigError } from '../config/problem.ts';
import { escapeControls } from '../kit/escape.ts';
import { fileError } from '../kit/file-error.ts';
import { type Io, UsageError } from './io.ts';

/** Validates a mapping file of statsd_exporter, and tells what the lines of another file become by it. Paths as given; `-` is standard input. */
export async function checkMapping(mapping: string, lines: string | undefined, io: Io): Promise<number> {
  if (mapping === '-' && lines === '-') throw new UsageError('check: only one of the files can be standard input');
  const text = textOf(mapping, io);
  const sent = lines === undefined ? undefined : textOf(lines, io).split(/\r?\n/);
  const { readExporterFile } = await import('../config/exporter/read.ts');
  const { rules, faults, warnings } = readExporterFile(text);
  const shown = mapping === '-' ? 'standard input' : mapping;
  const placed = warnings.map(({ line, says }) => escapeControls(`${shown}, line ${line}: ${says}`));
  if (faults.length > 0) {
    const told = faults.map(({ line, says }) => escapeControls(`${shown}, line ${line}: ${says}`));
    throw new ConfigError([...told, ...placed.map((warning) => `warning: ${warning}`)]);
  }
  io.out(`${shown} is valid: ${counted(rules)}\n`);
  if (placed.length > 0) io.out(`\n  warnings\n${placed.map((warning) => `    ${warning}\n`).join('')}`);
  if (sent === undefined) return 0;
  const { createLineMapper } = await import('../explain/mapped-line.ts');
  const mapped = createLineMapper({ kind: 'exporter', rules, unmapped: 'keep', file: shown });
  io.out('\n  lines\n');
  for (const line of sent.filter((one) => one !== '')) {
    io.out(`    ${escapeControls(line)}\n`);
    for (const says of mapped(line)) io.out(`      ${escapeControls(says)}\n`);
  }
  return 0;
}

function counted({ rules }: ExporterRules): string {
  const globs = rules.filter(({ matchType }) => matchType === 'glob').length;
  const all = `${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}`;
  return `${all}, ${globs} of them by glob and ${rules.length - globs} by regular expression`;
}

function textOf(file: string, io: Io): string {
  if (file === '-') return io.read();
  try {
    return readFileSync(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new ConfigError([`${file}: ${fileError(error)}`]);
  }
}
