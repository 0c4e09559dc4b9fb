/** Aborts after `ms`, or with `other`. Cleared by hand: AbortSignal.any keeps its sources' listeners for too long. */
export function deadlineSignal(ms: number, other?: AbortSignal): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${ms} ms`)), ms);
  const onAbort = () => controller.abort(other?.reason);
  if (other?.aborted) onAbort();
  other?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      other?.removeEventListener('abort', onAbort);
    },
  };
}
