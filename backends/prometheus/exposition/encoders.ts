import type { Encoder } from './encoder.ts';
import type { Exposition } from './negotiate.ts';
import { createOpenMetricsEncoder, type OpenMetricsOptions } from './openmetrics.ts';
import { createProtobufEncoder } from './protobuf.ts';
import { createTextEncoder } from './text.ts';

/** The encoder of what was negotiated. */
export function createEncoder({ format, escaping }: Exposition, page: Omit<OpenMetricsOptions, 'escaping'>): Encoder {
  switch (format) {
    case 'text-0.0.4':
    case 'text-1.0.0':
      return createTextEncoder(escaping);
    case 'openmetrics-0.0.1':
    case 'openmetrics-1.0.0':
      return createOpenMetricsEncoder({ ...page, escaping });
    case 'protobuf':
      return createProtobufEncoder(escaping);
    default:
      return format satisfies never;
  }
}
