import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileError } from '../kit/file-error.ts';
import { displayName } from './display-name.ts';
import type { Remark } from './exporter/check.ts';
import { partOfValue } from './exporter/value.ts';
import { type GivenMapping, type MappingKeys, toStages } from './mapping.ts';
import type { ExporterStage, MappingRules } from './mapping-rules.ts';
import { type ConfigPath, formatPath, type Problem, quote } from './problem.ts';
import { decode, EncodingProblem } from './text.ts';

/** Completes what `mapping` says with what stands in other files, and remembers what there is to say of them. */
export interface MappingReader {
  /** `path` is where it stands in the configuration. */
  read(given: GivenMapping, path: ConfigPath): Promise<ReadMapping>;
  /** What is only strange, a sentence each with its place. */
  readonly warnings: readonly string[];
  /** Absolute paths of the files that were read, or were to be. */
  readonly files: readonly string[];
}

export type ReadMapping =
  | { readonly ok: true; readonly rules: MappingRules }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Outcome = readonly Problem[] | ExporterStage;

/** `folder` is what relative paths start from; `shown` is how messages name the configuration. */
export function createMappingReader(folder: string, shown: string): MappingReader {
  const warnings = new Set<string>();
  const files = new Set<string>();

  async function ofFile(given: string, unmapped: ExporterStage['unmapped'], path: ConfigPath): Promise<Outcome> {
    const file = resolve(folder, given);
    const name = displayName(file);
    files.add(file);
    const text = textOf(file);
    if (!text.ok) return [{ path, text: `cannot read the mapping file ${quote(name)}: ${text.why}` }];
    const { readExporterFile } = await exporterReader();
    const read = readExporterFile(text.value);
    const placed = ({ line, says }: Remark) => `${name}, line ${line}: ${says}`;
    for (const remark of read.warnings) warnings.add(placed(remark));
    if (read.faults.length > 0) return read.faults.map((remark) => ({ path, text: placed(remark) }));
    return { kind: 'exporter', rules: read.rules, unmapped, file: name };
  }

  async function inline({ mappings, defaults, unmapped }: MappingKeys, path: ConfigPath): Promise<Outcome> {
    const { part, places } = partOfValue({ ...(defaults && { defaults }), mappings });
    const { readExporterRules } = await exporterReader();
    const read = readExporterRules(part);
    const placeOf = ({ line }: Remark) => [...path, ...(places[line] ?? [])];
    for (const remark of read.warnings) warnings.add(`${shown}: ${formatPath(placeOf(remark))}: ${remark.says}`);
    if (read.faults.length > 0) return read.faults.map((remark) => ({ path: placeOf(remark), text: remark.says }));
    return { kind: 'exporter', rules: read.rules, unmapped: unmapped ?? 'keep' };
  }

  async function exporterOf(given: GivenMapping, path: ConfigPath): Promise<Outcome | undefined> {
    if (typeof given === 'string') return ofFile(given, 'keep', path);
    if (given.file !== undefined) return ofFile(given.file, given.unmapped ?? 'keep', [...path, 'file']);
    return given.mappings === undefined ? undefined : inline(given, path);
  }

  return {
    async read(given, path) {
      const exporter = await exporterOf(given, path);
      if (isRefused(exporter)) return { ok: false, problems: exporter };
      return { ok: true, rules: { stages: toStages(typeof given === 'string' ? {} : given, exporter) } };
    },
    get warnings() {
      return [...warnings];
    },
    get files() {
      return [...files];
    },
  };
}

function isRefused(outcome: Outcome | undefined): outcome is readonly Problem[] {
  return Array.isArray(outcome);
}

/** The reader of YAML is loaded by those alone who have such rules. */
function exporterReader() {
  return import('./exporter/read.ts');
}

function textOf(file: string): { ok: true; value: string } | { ok: false; why: string } {
  try {
    return { ok: true, value: decode(readFileSync(file)) };
  } catch (error) {
    return { ok: false, why: error instanceof EncodingProblem ? error.message : fileError(error) };
  }
}
