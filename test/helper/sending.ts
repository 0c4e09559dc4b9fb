import type { Backend, BackendContext, Payload, SendError, SendingBackend, Window } from '../../src/plugin.ts';
import { sendError } from '../../src/plugin.ts';

interface Open {
  readonly lane: string;
  readonly payload: Payload;
}

/** What of each window was not delivered yet. */
const open = new WeakMap<Backend, WeakMap<Window, Open[]>>();

/**
 * One attempt to get rid of a window, whatever kind the back-end is: as dispatch does it, but for queues and waits. Rejects as long as
 * something has to be sent again; called with the same window it goes on there.
 */
export async function sendTo(
  backend: Backend,
  window: Window,
  signal: AbortSignal,
  context?: Pick<BackendContext, 'lost' | 'log'>,
): Promise<void> {
  if ('send' in backend) return backend.send(window, signal);
  const windows = open.get(backend) ?? new WeakMap<Window, Open[]>();
  open.set(backend, windows);
  let waiting = windows.get(window);
  waiting ??= (await payloadsOf(backend.encode(window))).flatMap((payload) =>
    payload.lanes.map((lane) => ({ lane, payload })),
  );
  const left: Open[] = [];
  const errors: SendError[] = [];
  const byLane = groupByLane(waiting);
  await Promise.all([...byLane.values()].map((parcels) => sendLane(backend, parcels, signal, left, errors, context)));
  windows.set(window, left);
  const [first] = errors;
  if (first === undefined) return;
  const waits = errors.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  throw sendError(first.message, waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) });
}

export async function payloadsOf(encoded: AsyncIterable<Payload>): Promise<Payload[]> {
  const payloads: Payload[] = [];
  for await (const payload of encoded) payloads.push(payload);
  return payloads;
}

function groupByLane(parcels: readonly Open[]): Map<string, Open[]> {
  const byLane = new Map<string, Open[]>();
  for (const parcel of parcels) byLane.set(parcel.lane, [...(byLane.get(parcel.lane) ?? []), parcel]);
  return byLane;
}

/** Requests of a lane at a time. */
const AT_A_TIME = 4;

/** A lane leaves its server alone after a failure, and what is left is for the next attempt. */
async function sendLane(
  backend: SendingBackend,
  parcels: Open[],
  signal: AbortSignal,
  left: Open[],
  errors: SendError[],
  context: Pick<BackendContext, 'lost' | 'log'> | undefined,
): Promise<void> {
  let failed = false;
  async function work(): Promise<void> {
    for (let one = parcels.shift(); one !== undefined; one = parcels.shift()) {
      if (failed || signal.aborted) {
        left.push(one);
        continue;
      }
      try {
        await backend.deliver(one.payload, one.lane, signal);
      } catch (error) {
        const { permanent, smaller, reason = 'refused', message } = error as SendError;
        const { lane, payload } = one;
        if (smaller !== undefined && (error as SendError).retryAfterMs !== undefined) {
          failed = true;
          left.push(...smaller.map((part) => ({ lane, payload: part })));
          errors.push(error as SendError);
        } else if (smaller !== undefined) {
          parcels.unshift(...smaller.map((part) => ({ lane, payload: part })));
        } else if (permanent === true) {
          const { names } = payload;
          context?.lost(reason, names.length);
          context?.log.warn(`${names.length} lost, the first is ${JSON.stringify(names[0])}: ${message}`, { lane });
        } else {
          failed = true;
          left.push(one);
          errors.push(error as SendError);
        }
      }
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  if (failed || left.length === 0) return;
  if (signal.aborted) errors.push(sendError('cut off at the deadline of the attempt'));
}
