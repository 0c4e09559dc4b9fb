import type { Item } from '../../src/kit/http/endpoint.ts';
import type { Sketch } from '../../src/plugin.ts';
import type { Labels } from './naming.ts';
import { protobufWriter } from './protobuf.ts';

/** What the Datadog Agent adds to round(ln v / ln γ): its smallest positive value, 1e-9, gets key 1. */
const BIAS = 1338;

/** The Agent's key of infinity, which all larger values share. */
const MAX_KEY = 32_767;

/** Bins that the Agent keeps of one sketch. */
const MAX_BINS = 4096;

const MAX_UINT32 = 2 ** 32 - 1;

/** The bins of one sketch as the intake takes them: keys ascending, whole weights that add up to `count`. */
export interface AgentBins {
  readonly keys: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
}

/** One dogsketch as it goes over the wire. */
export interface DogSketch extends AgentBins {
  /** Unix seconds. */
  readonly timestamp: number;
  readonly min: number;
  readonly max: number;
  readonly average: number;
  readonly sum: number;
}

/**
 * A sketch as one `SketchPayload.sketches` field of `/api/beta/sketches` (agent-payload, `agent_payload.proto`).
 * Undefined when it is empty, not finite, or of more than 2^32-1 values, which the format cannot hold.
 */
export function sketchItem(name: string, labels: Labels, timestamp: number, sketch: Sketch): Item | undefined {
  const { min, max, sum } = sketch;
  const bins = agentBins(sketch);
  const finite = Number.isFinite(min) && Number.isFinite(max) && Number.isFinite(sum);
  if (bins === undefined || !finite) return undefined;
  // With fractional weights the true mean, not sum / rounded count, which could lie outside min and max.
  const average = sum / sketch.count;
  return { name, body: encodeSketch(name, labels, { ...bins, timestamp, min, max, average, sum }), points: 1 };
}

/**
 * Bins with the Agent's keys (`pkg/util/quantile`): values below its smallest (bin -1337 of ours) are zero, the largest
 * share one key. Weights are made whole by rounding the running total. Of more than 4,096 bins the lowest become one.
 */
export function agentBins(sketch: Sketch): AgentBins | undefined {
  const weighted = merged(sketch);
  const surplus = weighted.length - MAX_BINS;
  if (surplus > 0) {
    const folded = weighted.splice(0, surplus);
    for (const [, weight] of folded) weighted[0]![1] += weight;
  }
  const keys: number[] = [];
  const counts: number[] = [];
  let running = 0;
  let count = 0;
  for (const [key, weight] of weighted) {
    running += weight;
    const rounded = Math.round(running);
    if (rounded > count) {
      keys.push(key);
      counts.push(rounded - count);
      count = rounded;
    }
  }
  return count > 0 && count <= MAX_UINT32 ? { keys, counts, count } : undefined;
}

function merged(sketch: Sketch): [key: number, weight: number][] {
  const bins: [number, number][] = [];
  const add = (key: number, weight: number) => {
    const last = bins.at(-1);
    if (last !== undefined && last[0] === key) last[1] += weight;
    else if (weight > 0) bins.push([key, weight]);
  };
  for (const [key, weight] of [...sketch.negativeBins()].reverse()) add(0 - agentKey(key), weight);
  add(0, sketch.zeroCount);
  for (const [key, weight] of sketch.positiveBins()) add(agentKey(key), weight);
  return bins;
}

function agentKey(key: number): number {
  return Math.min(Math.max(key + BIAS, 0), MAX_KEY);
}

export function encodeSketch(name: string, { tags, host }: Labels, dogSketch: DogSketch): Uint8Array {
  const dog = protobufWriter();
  dog.uint64(1, dogSketch.timestamp);
  dog.uint64(2, dogSketch.count);
  dog.double(3, dogSketch.min);
  dog.double(4, dogSketch.max);
  dog.double(5, dogSketch.average);
  dog.double(6, dogSketch.sum);
  dog.packedSint32(7, dogSketch.keys);
  dog.packedUint32(8, dogSketch.counts);

  const sketch = protobufWriter();
  sketch.string(1, name);
  if (host !== '') sketch.string(2, host);
  for (const tag of tags) sketch.string(4, tag);
  sketch.bytes(7, dog.finish());

  const payload = protobufWriter();
  payload.bytes(1, sketch.finish());
  return payload.finish();
}
