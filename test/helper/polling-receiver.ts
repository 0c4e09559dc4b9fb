import type { FrontendContext, Intake } from '../../src/plugin.ts';
import { createBatch } from '../../src/receive/batch.ts';
import { loadLibc } from '../../src/receive/libc.ts';
import { openReceiver } from '../../src/receive/receiver.ts';
import { fixedMemory } from './memory.ts';

/**
 * Receives datagrams on the event loop of the test with the functions of a receive thread, so that a test sees what
 * each of them brings. For one socket at a time.
 */
export function pollingReceiver(intake: Intake): FrontendContext['receiveDatagrams'] {
  return async (options) => {
    const libc = await loadLibc();
    if (typeof libc === 'string') return libc;
    const receiver = openReceiver(libc, options.kind === 'udp' ? { ...options, sharing: 'none' } : options);
    const memory = fixedMemory();
    const batch = createBatch(libc, memory);
    const { bytes, stride, lengths, lengthStride } = batch.datagrams;

    function poll(): boolean {
      const count = receiver.receive(batch.headers(), false);
      const truncated = batch.emptyTruncated(count);
      if (truncated > 0) intake.discard('truncated', truncated);
      const unterminated = options.eolRequired === true ? batch.cutUnterminated(count) : 0;
      if (unterminated > 0) intake.discard('unterminated', unterminated);
      for (let slot = 0; slot < count; slot++) {
        const length = new DataView(memory.bytes().buffer).getUint32(lengths + slot * lengthStride, true);
        intake.lines(memory.bytes(), bytes + slot * stride, bytes + slot * stride + length);
      }
      return count > 0;
    }

    const timer = setInterval(poll, 1);
    let stopped = false;
    return {
      port: receiver.port,
      receiveBuffer: receiver.receiveBuffer,
      async stop() {
        if (stopped) return;
        stopped = true;
        clearInterval(timer);
        while (poll());
        receiver.close();
      },
    };
  };
}
