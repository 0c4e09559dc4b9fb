import type { Start } from './daemons.ts';
import { fewest } from './fewest.ts';
import { linesIn, partsOf, textOf } from './lines.ts';
import { type Batch, startPair } from './pair.ts';
import { emptyTally, type Found, isSame, type Run, runConfiguration, type Tally } from './suite.ts';

const NAMES_SHOWN = 10;
const PACKETS_SHOWN = 12;
const BYTES_SHOWN = 400;

export function summary({ packets, flushes, lines, found, spoiled }: Tally): string {
  const repeated = [...spoiled.values()].reduce((sum, count) => sum + count, 0);
  return `${packets} packets, ${flushes} flushes and ${lines} lines compared, ${found.length} differences (${repeated} windows repeated)`;
}

/** What differs, and the packets that make the difference, as few as can be found. */
export async function describeFound(
  found: Found,
  run: Omit<Run, 'configuration'>,
  startTheirs: Start,
): Promise<string> {
  const { configuration, batch, differences, died } = found;
  const lines = [`configuration "${configuration.name}", seed ${run.seed}, ${batch?.transport ?? 'idle window'}:`];
  if (died !== undefined) lines.push(`  ${died.trimEnd().replaceAll('\n', '\n  ')}`);
  for (const { name, theirs, ours } of differences.slice(0, NAMES_SHOWN)) {
    lines.push(`  ${JSON.stringify(name)}: original ${shown(theirs)}, statsdrain ${shown(ours)}`);
  }
  if (differences.length > NAMES_SHOWN) lines.push(`  and ${differences.length - NAMES_SHOWN} more names`);
  const settings = { ...configuration.settings, flushInterval: run.flushMs };
  const differs = async (packets: readonly Buffer[]) => {
    const pair = await startPair(settings, startTheirs, run.ours);
    try {
      return !isSame(await pair.step(batch && { ...batch, packets })) || !isSame(await pair.step());
    } finally {
      await pair.stop();
    }
  };
  const few = batch && (await fewest(batch.packets, differs));
  if (few !== undefined) lines.push('  with these packets alone:', ...few.slice(0, PACKETS_SHOWN).map(quoted));
  else lines.push('  only after what was sent before; lines of these keys, in order:', ...linesFor(found));
  return lines.join('\n');
}

/** Lines whose key is in one of the names that differ. */
function linesFor({ batch, history, differences }: Found): string[] {
  const all: (Batch | undefined)[] = [...history, batch];
  const lines = all.flatMap((each) => {
    if (each === undefined) return ['(idle window)'];
    const text = each.packets.map((packet) => `${textOf(packet, each.transport)}\n`).join('');
    return linesIn(text, 'udp').filter((line) => {
      const key = partsOf(line).key.split(';')[0]!;
      return differences.some(({ name }) => `.${name.split(';')[0]}.`.includes(`.${key}.`));
    });
  });
  return lines.slice(-4 * PACKETS_SHOWN).map((line) => `    ${JSON.stringify(line)}`);
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? 'has none' : values.join(' and ');
}

/** Each byte that is not ASCII as `\xNN`, so that the packet can be sent again. */
function quoted(packet: Buffer): string {
  const text = [...packet.subarray(0, BYTES_SHOWN)]
    .map((byte) => {
      if (byte === 0x0a) return '\\n';
      if (byte === 0x0d) return '\\r';
      const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
      return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
  return `    "${text}"${packet.length > BYTES_SHOWN ? ` and ${packet.length - BYTES_SHOWN} bytes` : ''}`;
}

/** Runs all, `atOnce` at a time, each with a seed of its own that follows from the first. */
export async function runAll(runs: readonly Run[], atOnce: number): Promise<Tally> {
  const tally = emptyTally();
  const waiting = [...runs];
  const worker = async () => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await runConfiguration(run, tally);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return tally;
}
