import protobuf from 'protobufjs';

/** The published layout of what the Datadog Agent posts (agent-payload), as far as clients fill it. Encoded by somebody else's code. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message MetricPayload {
    enum MetricType { UNSPECIFIED = 0; COUNT = 1; RATE = 2; GAUGE = 3; }
    message MetricPoint { double value = 1; int64 timestamp = 2; }
    message Resource { string type = 1; string name = 2; }
    message MetricSeries {
      repeated Resource resources = 1; string metric = 2; repeated string tags = 3; repeated MetricPoint points = 4;
      MetricType type = 5; string unit = 6; string source_type_name = 7; int64 interval = 8; Metadata metadata = 9;
    }
    message Metadata { Origin origin = 1; }
    message Origin { uint32 metric_type = 3; fixed32 product = 4; }
    repeated MetricSeries series = 1;
  }
  message SketchPayload {
    message Sketch {
      message Distribution { int64 ts = 1; int64 cnt = 2; double min = 3; double max = 4; double avg = 5; double sum = 6; }
      message Dogsketch {
        int64 ts = 1; int64 cnt = 2; double min = 3; double max = 4; double avg = 5; double sum = 6;
        repeated sint32 k = 7; repeated uint32 n = 8;
      }
      string metric = 1; string host = 2; repeated Distribution distributions = 3; repeated string tags = 4; repeated Dogsketch dogsketches = 7;
    }
    message CommonMetadata { string agent_version = 1; }
    repeated Sketch sketches = 1; CommonMetadata metadata = 2;
  }
`);

const encoderOf = (name: string) => (message: object) => {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(message)).finish());
};

/** `{ series: [{ metric, points: [{ timestamp, value }], … }] }` */
export const metricPayload = encoderOf('MetricPayload');
/** `{ sketches: [{ metric, dogsketches: [{ ts, cnt, min, max, avg, sum, k, n }], … }] }` */
export const sketchPayload = encoderOf('SketchPayload');
