import type { Scan } from '../records/scan.ts';
import { ByteMap } from './byte-map.ts';

/** A copy that does not keep the body alive which `text` is a slice of; bytes of UTF-8 become characters. */
export function detach(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** The type of a measurement. */
export type Measured = 'timer' | 'histogram';

/** A metric name that was seen. */
export interface Name {
  readonly text: string;
  /** As in the log line, before a prefix. */
  readonly plain: string;
  /** Unlike that of any other name, also of those that were forgotten. */
  readonly id: number;
  /** What `measure#` of this name was at first, and stays. */
  measured: Measured | undefined;
}

/** Names with one prefix, each validated and copied once, not for every sample. */
export interface Names {
  /** The name `text[start, end)` of the loaded body. */
  of(scan: Scan, start: number, end: number): Name;
}

const NAMES = 20_000;

/** What is known of all names of a drain. */
export interface NameRegister {
  /** A number that no other name has. */
  nextId(): number;
  measured(name: string): Measured | undefined;
  /** Gives what measurements of the name are from now on: `type`, unless it was decided before. */
  decide(name: string, type: Measured): Measured;
}

export function createNameRegister(): NameRegister {
  const types = new Map<string, Measured>();
  let ids = 0;
  return {
    nextId: () => ids++,
    measured: (name) => types.get(name),
    decide(name, type) {
      const known = types.get(name);
      if (known !== undefined) return known;
      // The oldest goes: what is written all the time is decided anew with its next line.
      if (types.size >= NAMES) types.delete(types.keys().next().value!);
      types.set(name, type);
      return type;
    },
  };
}

/** Names with one prefix. */
export function createNames(prefix: string, register: NameRegister): Names {
  const names = new ByteMap<Name>(NAMES);
  return {
    of(scan, start, end) {
      const known = names.find(scan, start, end);
      if (known !== undefined) return known;
      const plain = detach(scan.text.slice(start, end));
      const text = prefix + plain;
      const name: Name = { text, plain, id: register.nextId(), measured: register.measured(text) };
      names.add(scan, start, end, name);
      return name;
    },
  };
}
