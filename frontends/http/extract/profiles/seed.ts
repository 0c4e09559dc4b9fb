import type { SeriesInput } from '../../../../src/plugin.ts';
import type { Scan } from '../../records/scan.ts';
import { ByteMap } from '../byte-map.ts';
import { detach } from '../names.ts';
import type { Origin, Origins, Section } from '../origin.ts';
import { isProcessType } from '../processes.ts';
import { codeAt } from '../router.ts';
import { perOrigin } from './per-origin.ts';
import type { Profile } from './profile.ts';

/** The series of one process type, each opened when it is first needed. */
interface ProcessType {
  readonly prefix: string;
  readonly section: Section;
  connect: SeriesInput | undefined;
  service: SeriesInput | undefined;
  /** By HTTP status. */
  readonly status: Map<number, SeriesInput>;
}

const TYPES = 1000;

/** The names of statsdrain's ancestor. What it was given for the dyno `web.1` is of the source `web`, and the status is part of the name. */
export function createSeed(origins: Origins, procIdAsSource: boolean): Profile {
  const typesOf = perOrigin(() => new ByteMap<ProcessType>(TYPES));
  const errorsOf = perOrigin(() => new Map<string, SeriesInput>());
  const loadsOf = perOrigin(() => new WeakMap<Section, SeriesInput>());

  function countError(origin: Origin, code: string): number {
    const errors = errorsOf(origin);
    let series = errors.get(code);
    if (series === undefined) {
      series = origins.series(origin, 'counter', `heroku.error.${code}`, origin.bare);
      errors.set(code, series);
    }
    series.add(1);
    return 1;
  }

  function typeOf(origin: Origin, scan: Scan, start: number, end: number): ProcessType {
    const types = typesOf(origin);
    let type = types.find(scan, start, end);
    if (type === undefined) {
      const name = detach(scan.text.slice(start, end));
      const section = origins.tagged(origin, `source:${name}`);
      type = { prefix: `dyno.${name}`, section, connect: undefined, service: undefined, status: new Map() };
      types.add(scan, start, end, type);
    }
    return type;
  }

  return {
    lenient: true,
    procIdAsSource,
    routed(origin, scan, request) {
      const { dynoStart, connect, service, status } = request;
      const code = request.code < 0 ? undefined : codeAt(scan.text, request.code, scan.text.length);
      const errors = code === undefined ? 0 : countError(origin, code);
      let letters = dynoStart;
      while (letters < request.typeEnd && isLetter(scan.bytes[letters]!)) letters++;
      const isWhole = letters > dynoStart && status > 0 && !Number.isNaN(connect) && !Number.isNaN(service);
      if (!isWhole || status > 599) return errors;
      const type = typeOf(origin, scan, dynoStart, letters);
      type.connect ??= origins.series(origin, 'timer', `${type.prefix}.connect_time`, type.section);
      type.connect.add(connect);
      // Without the times of requests that failed or were given up.
      const isTimed = status < 499;
      if (isTimed) {
        type.service ??= origins.series(origin, 'timer', `${type.prefix}.service_time`, type.section);
        type.service.add(service);
      }
      let counter = type.status.get(status);
      if (counter === undefined) {
        counter = origins.series(origin, 'counter', `${type.prefix}.status.${status}`, type.section);
        type.status.set(status, counter);
      }
      counter.add(1);
      return errors + (isTimed ? 3 : 2);
    },
    failed: (origin, _scan, code) => countError(origin, code),
    changed: () => 0,
    place: () => undefined,
    sampled(origin, section, _memory, name, value) {
      const { tags } = section;
      if (name !== 'load_avg_1m' || tags === undefined) return 0;
      const loads = loadsOf(origin);
      let series = loads.get(section);
      if (series === undefined) {
        const type = /^source:([^.,]*)/.exec(tags)?.[1] ?? '';
        if (!isProcessType(type)) return 0;
        series = origins.series(origin, 'histogram', `dyno.${type}.load_avg_1m`, section);
        loads.set(section, series);
      }
      series.add(value);
      return 1;
    },
  };
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
