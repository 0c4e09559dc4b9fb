import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { keyOf, readPage, readSample } from './exposition-page.ts';

/** A datagram, also one that is no UTF-8, or a pause in milliseconds. */
type Step = string | { readonly latin1: string } | { readonly wait: number };

/** One of test/fixtures/statsd-exporter/cases.json, which says what the keys mean. */
export interface ExporterCase {
  readonly id: string;
  readonly topic: string;
  readonly mapping?: string;
  readonly send: readonly Step[];
  readonly series: readonly string[];
  readonly types?: Readonly<Record<string, string>>;
  readonly help?: Readonly<Record<string, string>>;
  readonly q?: boolean;
  readonly refused?: boolean;
  readonly harm?: 'ends' | 'hangs' | '500';
  readonly differs?: { readonly why: string; readonly series: readonly string[] };
}

const folder = fileURLToPath(new URL('../fixtures/statsd-exporter/', import.meta.url));

export const exporterCases = (
  JSON.parse(readFileSync(`${folder}cases.json`, 'utf8')) as { readonly cases: readonly ExporterCase[] }
).cases;

/** The path of a mapping of the fixtures. */
export const mappingFile = (name: string) => `${folder}${name}`;

/** Cases of one process: what they send and what is expected have names of their own. Those without a mapping are under `''`. */
export function byMapping(cases: readonly ExporterCase[]): ReadonlyMap<string, readonly ExporterCase[]> {
  const groups = new Map<string, ExporterCase[]>();
  for (const one of cases) {
    const { mapping = '' } = one;
    const group = groups.get(mapping);
    if (group === undefined) groups.set(mapping, [one]);
    else group.push(one);
  }
  return groups;
}

/** Longer than the interval over which sets are counted. */
const PATIENCE_MS = 6000;

/** Is seen on the page when all that was sent before it is. No mapping renames it. */
const MARKER = 'marker_seen';

/**
 * Sends the lines of all cases, each in its order and all at once, and gives the faults of the page, a sentence each, once there are
 * none, or of the best page within {@link PATIENCE_MS}: later, what may expire has done so.
 */
export async function faultsAfter(
  cases: readonly ExporterCase[],
  port: number,
  scrape: () => Promise<string>,
  judge: (cases: readonly ExporterCase[], page: string) => string[],
): Promise<string[]> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const send = async (steps: readonly Step[]) => {
    for (const step of steps) {
      if (typeof step === 'object' && 'wait' in step) await sleep(step.wait);
      else socket.send(typeof step === 'string' ? step : Buffer.from(step.latin1, 'latin1'));
    }
  };
  await Promise.all(cases.map(({ send: steps }) => send(steps)));
  await send([`${MARKER}:1|c`]);
  const until = Date.now() + PATIENCE_MS;
  let best: string[] | undefined;
  do {
    await sleep(100);
    const page = await scrape();
    if (!page.includes(`\n${MARKER} 1\n`)) continue;
    const faults = judge(cases, page);
    if (best === undefined || faults.length < best.length) best = faults;
  } while (best?.length !== 0 && Date.now() < until);
  socket.close();
  return best ?? ['not all that was sent is on the page'];
}

/** How a program's page is judged: which of its names are its own, and which series a case must show. */
export function judgeOf(own: RegExp, expected: (one: ExporterCase) => readonly string[]) {
  return (cases: readonly ExporterCase[], text: string): string[] => {
    const page = readPage(text);
    const faults = page.faults.map((fault) => `format: ${fault}`);
    const wanted = cases.flatMap((one) => expected(one).map((line) => ({ one, sample: readSample(line)! })));
    const withQuantiles = new Set(wanted.filter(({ one }) => one.q).map(({ sample }) => sample.name));
    const left = new Map(
      page.samples
        .filter(
          ({ name, labels }) =>
            !own.test(name) && name !== MARKER && (!labels.has('quantile') || withQuantiles.has(name)),
        )
        .map((sample) => [keyOf(sample), sample.value]),
    );
    for (const { one, sample } of wanted) {
      const key = keyOf(sample);
      const found = left.get(key);
      if (found === undefined) faults.push(`${one.id}: ${key} is missing`);
      else if (!isAlike(found, sample.value, sample.labels.has('quantile') ? 0.01 : 1e-9))
        faults.push(`${one.id}: ${key} is ${found}, not ${sample.value}`);
      left.delete(key);
    }
    for (const [key, value] of left) faults.push(`nothing was to be seen of ${key} ${value}`);
    for (const { id, types = {}, help = {} } of cases) {
      for (const [name, type] of Object.entries(types)) {
        if (page.types.get(name) !== type) faults.push(`${id}: TYPE ${name} is ${page.types.get(name)}, not ${type}`);
      }
      for (const [name, text] of Object.entries(help)) {
        if (page.help.get(name) !== text) faults.push(`${id}: HELP ${name} is "${page.help.get(name)}", not "${text}"`);
      }
    }
    return faults;
  };
}

/** Sums may be added up in another order, and quantiles are within 1 %. */
function isAlike(left: string, right: string, tolerance: number): boolean {
  const [a, b] = [left, right].map((text) => Number(text.replace(/Inf$/, 'Infinity'))) as [number, number];
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Object.is(a, b);
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}
