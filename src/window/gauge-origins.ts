import { type Identity, sameIdentity } from '../protocol/identity.ts';
import { NO_SERIES } from './series-table.ts';

/** What the gauges of a view were called before its rules. */
export interface GaugeOrigins {
  /** A key of the gauge, and what the rules make of it. `isNew`: it is the first. */
  add(series: number, identity: Identity, given: Identity, isNew: boolean): void;
  /** Of several the last; undefined where it is called as it was. */
  of(series: number): Identity | undefined;
  /** Whether it has the values of several that were called otherwise. */
  isShared(series: number): boolean;
  forget(series: number): void;
  /** Series have other numbers: the new one of each old one. */
  renumber(renumbered: Uint32Array): void;
}

export function createGaugeOrigins(): GaugeOrigins {
  let origins = new Map<number, Identity>();
  let shared = new Set<number>();
  return {
    add(series, identity, given, isNew) {
      if (!isNew && !sameIdentity(origins.get(series) ?? given, identity)) shared.add(series);
      if (given === identity) origins.delete(series);
      else origins.set(series, identity);
    },
    of: (series) => origins.get(series),
    isShared: (series) => shared.has(series),
    forget(series) {
      origins.delete(series);
      shared.delete(series);
    },
    renumber(renumbered) {
      const isLeft = (series: number) => renumbered[series] !== NO_SERIES;
      origins = new Map([...origins].filter(([series]) => isLeft(series)).map(([at, one]) => [renumbered[at]!, one]));
      shared = new Set([...shared].filter(isLeft).map((series) => renumbered[series]!));
    },
  };
}
