import type { MappingRules } from '../config/mapping-rules.ts';
import { createMapping } from '../mapping/mapping.ts';
import type { MappingStep } from '../mapping/rule.ts';
import type { Backend, MetricType, Naming } from '../plugin.ts';
import type { Identity } from '../protocol/identity.ts';
import { createNamer } from '../window/namer.ts';
import { BAD_NAME, BLOCKED } from '../window/series-table.ts';

/** The rules of back-ends that are given the same windows. */
export interface ViewSpec {
  readonly writers: readonly Writer[];
  readonly mapping?: MappingRules | undefined;
  /** What stands before the rules in the configuration: `mapping`, `backends[1].mapping`. */
  readonly path: string;
  readonly naming?: Naming | undefined;
}

/** One of its back-ends. */
export interface Writer {
  readonly name: string;
  /** See `Backend.written`. */
  readonly written?: Backend['written'];
}

/** What a back-end calls a series where it writes. */
export interface Written {
  readonly backend: string;
  /** Empty: it refuses it. */
  readonly names: readonly string[];
}

export interface ViewResult {
  readonly steps: readonly MappingStep[];
  /** Undefined: its back-ends are not given it. */
  readonly result: Identity | undefined;
  /** By those of its back-ends that tell. */
  readonly written: readonly Written[];
}

/** Tells what becomes of a series, step by step, asking what the merge asks. */
export function createViewSteps({ writers, mapping, path, naming }: ViewSpec) {
  const names = writers.map(({ name }) => name);
  const rules = createMapping(mapping ?? { stages: [] });
  let mapped: ReturnType<typeof rules.explain> | undefined;
  let failure: string | undefined;
  const namer = createNamer(
    {
      naming,
      mapping: {
        apply(type, identity) {
          mapped = rules.explain(type, identity);
          return mapped.result;
        },
      },
    },
    (error) => {
      failure = String(error);
    },
  );

  return (type: MetricType, identity: Identity): ViewResult => {
    failure = undefined;
    const named = namer.received(type, identity);
    const steps = (mapped?.steps ?? []).map((step) => ({ ...step, rule: `${path}.${step.rule}` }));
    const before = mapped?.result;
    if (named === BLOCKED || before === undefined) return { steps, result: undefined, written: [] };
    const whose = `as ${names.map((name) => `"${name}"`).join(', ')} ${names.length === 1 ? 'writes' : 'write'} names`;
    if (named === BAD_NAME) {
      const says = failure ?? `there is no such name, ${whose}: it is counted as lost for bad_name`;
      return { steps: [...steps, { rule: 'naming', says, result: undefined }], result: undefined, written: [] };
    }
    const { exemplar } = namer;
    const says = exemplar === undefined ? whose : `${whose}, with the exemplar ${exemplar.join(',')}`;
    const renamed = named === before ? [] : [{ rule: 'naming', says, result: named }];
    return { steps: [...steps, ...renamed], result: named, written: writtenBy(writers, type, named) };
  };
}

function writtenBy(writers: readonly Writer[], type: MetricType, { rule, ...series }: Identity): readonly Written[] {
  return writers.flatMap(({ name, written }) =>
    written === undefined ? [] : { backend: name, names: written(type, series, rule?.series) },
  );
}
