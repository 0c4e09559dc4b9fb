import { type ProtobufReader, protobufReader } from '../../protobuf.ts';
import { metricName, tagSection } from './labels.ts';
import type { AgentSketch, At, MetricRecord, SketchRecord } from './records.ts';

/** MetricIntakeType of version 2. */
const TYPES: readonly MetricRecord['type'][] = ['gauge', 'count', 'rate', 'gauge'];

/** `MetricPayload` of `/api/v2/series`. Throws a refusal (400). */
export function readSeriesMessage(body: Buffer): readonly MetricRecord[] {
  const reader = protobufReader(body);
  return repeated(reader, body.length, 1, () => seriesOf(reader));
}

/** `SketchPayload` of `/api/beta/sketches`. Throws a refusal (400). */
export function readSketchMessage(body: Buffer): readonly SketchRecord[] {
  const reader = protobufReader(body);
  return repeated(reader, body.length, 1, () => sketchOf(reader));
}

/** What `read` makes of each field of this number in the message that ends at `end`. */
function repeated<One>(reader: ProtobufReader, end: number, field: number, read: () => One): One[] {
  const all: One[] = [];
  while (reader.next(end)) {
    if (reader.field === field) all.push(read());
    else reader.skip();
  }
  return all;
}

function seriesOf(reader: ProtobufReader): MetricRecord {
  const end = reader.end();
  const tags: string[] = [];
  const points: At<number>[] = [];
  let name = '';
  let host: string | undefined;
  let type = 0;
  let interval = 0;
  while (reader.next(end)) {
    if (reader.field === 1) {
      const resource = resourceOf(reader);
      if (resource.type === 'host') host = resource.name;
      else tags.push(`${resource.type}:${resource.name}`);
    } else if (reader.field === 2) name = reader.string();
    else if (reader.field === 3) tags.push(reader.string());
    else if (reader.field === 4) points.push(pointOf(reader));
    else if (reader.field === 5) type = reader.uint32();
    else if (reader.field === 8) interval = reader.int64();
    else reader.skip();
  }
  return { name: metricName(name), tags: tagSection(tags, host), type: TYPES[type], interval, points };
}

function resourceOf(reader: ProtobufReader): { readonly type: string; readonly name: string } {
  const end = reader.end();
  let type = '';
  let name = '';
  while (reader.next(end)) {
    if (reader.field === 1) type = reader.string();
    else if (reader.field === 2) name = reader.string();
    else reader.skip();
  }
  return { type, name };
}

function pointOf(reader: ProtobufReader): At<number> {
  const end = reader.end();
  let value = 0;
  let time = 0;
  while (reader.next(end)) {
    if (reader.field === 1) value = reader.double();
    else if (reader.field === 2) time = reader.int64();
    else reader.skip();
  }
  return { time, value };
}

function sketchOf(reader: ProtobufReader): SketchRecord {
  const end = reader.end();
  const tags: string[] = [];
  const points: At<AgentSketch>[] = [];
  let name = '';
  let host = '';
  while (reader.next(end)) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) host = reader.string();
    else if (reader.field === 4) tags.push(reader.string());
    else if (reader.field === 7) points.push(dogsketchOf(reader));
    else reader.skip();
  }
  return { name: metricName(name), tags: tagSection(tags, host), points };
}

function dogsketchOf(reader: ProtobufReader): At<AgentSketch> {
  const end = reader.end();
  const keys: number[] = [];
  const counts: number[] = [];
  let [time, min, max, sum] = [0, 0, 0, 0];
  while (reader.next(end)) {
    if (reader.field === 1) time = reader.int64();
    else if (reader.field === 3) min = reader.double();
    else if (reader.field === 4) max = reader.double();
    else if (reader.field === 6) sum = reader.double();
    else if (reader.field === 7) reader.packedSint32(keys);
    else if (reader.field === 8) reader.packedUint32(counts);
    else reader.skip();
  }
  return { time, value: { min, max, sum, keys, counts } };
}
