const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts at a signal that would end the process, and when the reader of `output` has gone (`| head`). */
export function interruption(output: NodeJS.WriteStream): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of signals) process.once(signal, abort);
  output.once('error', abort).once('close', abort);
  return controller.signal;
}
