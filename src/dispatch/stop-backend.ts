import { messageOf } from '../kit/error-text.ts';
import { unlessAborted } from '../kit/unless-aborted.ts';
import type { Backend, Logger } from '../plugin.ts';
import { deadlineSignal } from './deadline.ts';

/** How long a back-end may take to close what it holds open, besides what it says. */
const STOP_GRACE_MS = 2000;

/** Never rejects. */
export async function stopBackend(backend: Backend, log: Logger): Promise<void> {
  const grace = deadlineSignal(STOP_GRACE_MS + (backend.stopMs ?? 0));
  try {
    await unlessAborted(backend.stop?.(), grace.signal);
  } catch (error) {
    log.warn(`did not stop cleanly: ${messageOf(error)}`);
  } finally {
    grace.clear();
  }
}
