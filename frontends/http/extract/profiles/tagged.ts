import type { SeriesInput } from '../../../../src/plugin.ts';
import { ByteMap } from '../byte-map.ts';
import { fieldValue } from '../field.ts';
import { methods, protocols, statusClass, statusTag } from '../folds.ts';
import { createNames, detach, type NameRegister, type Names } from '../names.ts';
import { type Origin, type Origins, type Section, tagValue } from '../origin.ts';
import { isDyno, isProcessType, processEnd } from '../processes.ts';
import { perOrigin } from './per-origin.ts';
import type { Place, Profile } from './profile.ts';

/** Requests of one process type. */
interface ProcessType {
  /** `dyno_type:web,`, or nothing where no dyno was asked. */
  readonly tag: string;
  /** By status, method and protocol. */
  readonly cells: Map<number, Cell>;
}

/** Requests that have the same tags. */
interface Cell {
  readonly section: Section;
  readonly requests: SeriesInput;
  connect: SeriesInput | undefined;
  service: SeriesInput | undefined;
  bytes: SeriesInput | undefined;
}

const TYPES = 1000;
const DYNOS = 10_000;
/** Of add-ons; Heroku's own are three. */
const SERVICES = 32;
const STATUSES = 1000;
const NO_PROTOCOL = protocols.indexOf('none');
const ADDON = /^heroku-([a-z][a-z0-9-]{0,30})$/;

/** Few names, and what differs is in tags. */
export function createTagged(origins: Origins, register: NameRegister, procIdAsSource: boolean): Profile {
  const typesOf = perOrigin(() => new ByteMap<ProcessType>(TYPES));
  const dynosOf = perOrigin(() => new ByteMap<Place>(DYNOS));
  const eventsOf = perOrigin(() => new Map<string, SeriesInput>());
  const dynoNames = createNames('heroku.dyno.', register);
  const services = new Map<string, Names>();

  function open(origin: Origin, { tag, cells }: ProcessType, key: number): Cell {
    const protocol = key % protocols.size;
    const method = Math.floor(key / protocols.size) % methods.size;
    const status = Math.floor(key / protocols.size / methods.size);
    const ofProtocol = protocol === NO_PROTOCOL ? '' : `,protocol:${protocols.tag(protocol)}`;
    const tags = `${tag}status:${statusTag(status)},status_class:${statusClass(status)},method:${methods.tag(method)}${ofProtocol}`;
    const section = origins.tagged(origin, tags);
    const requests = origins.series(origin, 'counter', 'heroku.router.requests', section);
    const cell: Cell = { section, requests, connect: undefined, service: undefined, bytes: undefined };
    if (cells.size >= STATUSES) cells.clear();
    cells.set(key, cell);
    return cell;
  }

  /** `dyno:web.1,dyno_type:web`; the number that a platform gives a dyno within itself is in no tag. */
  function dynoTags(text: string): string {
    const process = detach(text.slice(0, processEnd(text, 0, text.length)));
    const [type = ''] = process.split('.', 1);
    return isProcessType(type) ? `dyno:${tagValue(process)},dyno_type:${type}` : '';
  }

  function count(origin: Origin, name: string, tags: string): number {
    const events = eventsOf(origin);
    const key = `${name} ${tags}`;
    let series = events.get(key);
    if (series === undefined) {
      const section = tags === '' ? origin.bare : origins.tagged(origin, tags);
      series = origins.series(origin, 'counter', name, section);
      if (events.size >= DYNOS) events.clear();
      events.set(key, series);
    }
    series.add(1);
    return 1;
  }

  const join = (...tags: readonly string[]) => tags.filter((tag) => tag !== '').join(',');

  return {
    lenient: false,
    procIdAsSource,
    routed(origin, scan, request) {
      const { dynoStart, typeEnd, dynoEnd, status, method, protocol, connect, service, bytes } = request;
      const types = typesOf(origin);
      let type = types.find(scan, dynoStart, typeEnd);
      if (type === undefined) {
        const text = scan.text.slice(dynoStart, typeEnd);
        type = { tag: isProcessType(text) ? `dyno_type:${detach(text)},` : '', cells: new Map() };
        types.add(scan, dynoStart, typeEnd, type);
      }
      const key = (status * methods.size + method) * protocols.size + protocol;
      const cell = type.cells.get(key) ?? open(origin, type, key);
      let found = 1;
      cell.requests.add(1);
      if (!Number.isNaN(connect)) {
        cell.connect ??= origins.series(origin, 'timer', 'heroku.router.connect_ms', cell.section);
        cell.connect.add(connect);
        found++;
      }
      if (!Number.isNaN(service)) {
        cell.service ??= origins.series(origin, 'timer', 'heroku.router.service_ms', cell.section);
        cell.service.add(service);
        found++;
      }
      if (!Number.isNaN(bytes)) {
        cell.bytes ??= origins.series(origin, 'histogram', 'heroku.router.bytes', cell.section);
        cell.bytes.add(bytes);
        found++;
      }
      if (request.code < 0) return found;
      const dyno = isDyno(scan.bytes, dynoStart, dynoEnd) ? dynoTags(scan.text.slice(dynoStart, dynoEnd)) : '';
      return found + count(origin, 'heroku.errors', join(`code:${codeTag(scan.text, request.code)}`, dyno));
    },
    failed(origin, scan, code, start, end) {
      const dyno = isDyno(scan.bytes, start, end) ? dynoTags(scan.text.slice(start, end)) : '';
      return count(origin, 'heroku.errors', join(`code:${code}`, dyno));
    },
    changed(origin, scan, { from, to }, start, end) {
      return count(
        origin,
        'heroku.dyno.state',
        join(`from:${from}`, `to:${to}`, dynoTags(scan.text.slice(start, end))),
      );
    },
    place(origin, scan, { procStart, procEnd }, lineStart, lineEnd) {
      const dynos = dynosOf(origin);
      // Those that run once are one for each type.
      const end = processEnd(scan.text, procStart, procEnd);
      const known = dynos.find(scan, procStart, end);
      if (known !== undefined) return known;
      const process = scan.text.slice(procStart, procEnd);
      if (isDyno(scan.bytes, procStart, procEnd)) {
        const tags = dynoTags(process);
        if (tags === '') return undefined;
        const section = origins.tagged(origin, tags);
        const memory = { total: Number.NaN, quota: Number.NaN, percent: undefined };
        const place: Place = { names: dynoNames, section, memory };
        dynos.add(scan, procStart, end, place);
        return place;
      }
      const service = process === 'pgbouncer' ? process : ADDON.exec(process)?.[1];
      if (service === undefined) return undefined;
      let names = services.get(service);
      if (names === undefined) {
        if (services.size >= SERVICES) return undefined;
        names = createNames(`heroku.${service}.`, register);
        services.set(service, names);
      }
      const tag = (key: string, value: string) => (value === '' ? '' : `${key}:${tagValue(detach(value))}`);
      const source = tag('source', fieldValue(scan, scan.source, lineStart, lineEnd));
      const addon = tag('addon', fieldValue(scan, scan.addon, lineStart, lineEnd));
      const tags = join(source, addon);
      return { names, section: tags === '' ? origin.bare : origins.tagged(origin, tags) };
    },
    sampled(origin, section, memory, name, value) {
      if (memory === undefined) return 0;
      if (name === 'memory_total') memory.total = value;
      else if (name === 'memory_quota') memory.quota = value;
      else return 0;
      const percent = (memory.total / memory.quota) * 100;
      if (!Number.isFinite(percent)) return 0;
      memory.percent ??= origins.series(origin, 'gauge', 'heroku.dyno.memory_pct', section);
      memory.percent.add(percent);
      memory.total = memory.quota = Number.NaN;
      return 1;
    },
  };
}

/** `H12`, or `other` for codes such as `blank-app`. */
function codeTag(text: string, start: number): string {
  const code = text.slice(start, start + 4);
  return /^[HRL]\d\d\s?$/.test(code) ? code.slice(0, 3) : 'other';
}
