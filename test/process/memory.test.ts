import { expect, it } from 'vitest';
import { releaseArrays } from '../../src/process/memory.ts';

const MIB = 1024 * 1024;

it('arrays that were let go are released at once', () => {
  let arrays: Float64Array[] = Array.from({ length: 40 }, () => new Float64Array(MIB / 8));
  const held = process.memoryUsage().arrayBuffers;
  expect(arrays.length).toBe(40);
  arrays = [];
  releaseArrays();
  expect(held - process.memoryUsage().arrayBuffers).toBeGreaterThan(30 * MIB);
});
