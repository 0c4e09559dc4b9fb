import { expect, test } from 'vitest';
import { createConsole } from '../../backends/console/backend.ts';
import { fileStream, type WriteSome } from '../../backends/console/standard-output.ts';
import { sendTo } from '../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../helper/window.ts';

/** A disk with room for so many bytes, on which a write does what it can before it fails, in the middle of a character too. */
function disk() {
  const state = { room: 0, written: Buffer.alloc(0) };
  const write: WriteSome = (bytes, done) =>
    setImmediate(() => {
      if (state.room === 0) return done(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }), 0);
      const part = bytes.subarray(0, Math.min(state.room, 10_000));
      state.room -= part.length;
      state.written = Buffer.concat([state.written, part]);
      done(null, part.length);
    });
  return { state, stream: fileStream(write) };
}

/** After the first error the stream took nothing any more, and what it had written of a line stood there alone. */
test.each(['json', 'text'] as const)('a file whose disk was full goes on where it stopped (%s)', async (format) => {
  const { state, stream } = disk();
  const config = { format, prettyprint: false, selfMetrics: false, maxSeries: 10_000 };
  const backend = createConsole(config, recordingContext(), () => stream, {});
  const send = (window: ReturnType<typeof windowOf>) => sendTo(backend, window, AbortSignal.timeout(20_000));

  const first = windowOf(1);
  for (const room of [0, 20_000, 1, 1, 1, 1, 20_001]) {
    state.room = room;
    await expect(send(first)).rejects.toMatchObject({ message: 'standard output: ENOSPC: no space left' });
  }
  state.room = Number.POSITIVE_INFINITY;
  await send(first);
  const second = windowOf(2);
  await send(second);
  await backend.stop?.();

  const lines = state.written.toString().split('\n');
  if (format === 'json') {
    const entries = lines.slice(0, -1).map((line): { name?: string; value: number } => JSON.parse(line));
    const names = [first, second].flatMap(({ series }) => Array.from(series, ({ name }) => name));
    expect(entries.flatMap(({ name }) => name ?? [])).toEqual(names);
  } else {
    expect(lines.filter((line) => line.includes(' UTC ('))).toHaveLength(2);
    const rows = lines.filter((line) => line.startsWith('größe.'));
    expect(new Set(rows.map((row) => row.split(/\s+/).slice(0, 2).join(' '))).size).toBe(4000);
    expect(rows).toHaveLength(4000);
  }
});

function windowOf(value: number) {
  const series: SeriesInput[] = [];
  for (let i = 0; i < 2000; i++) series.push({ type: 'gauge', name: `größe.der.dinge.${i}`, value });
  return makeWindow({ endMs: 1_700_000_000_000 + value * 10_000, series });
}
