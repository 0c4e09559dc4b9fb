import { describe, expect, it } from 'vitest';
import { backendView, latestError } from '../../../../backends/live/status/backend-view.ts';
import type { BackendStatus } from '../../../../src/plugin.ts';
import { backend, lane } from '../server-status.ts';

const { lastSuccessMs: _, ...fresh } = backend({ sends: 0 });
const error = (atMs: number, message = 'refused') => ({ atMs, message });

describe('the state of a back-end', () => {
  it.each([
    ['delivering', 'the last window arrived', backend()],
    ['delivering', 'a window waits for its turn', backend({ queueWindows: 1, queueAgeMs: 19_000 })],
    ['delivering', 'an attempt failed, and a later one did not', backend({ lastError: error(999) })],
    ['delivering', 'a lane waits as long', backend({ lanes: [lane({ payloads: 1, ageMs: 19_000 })] })],
    ['waiting', 'a window is too old', backend({ queueWindows: 3, queueAgeMs: 21_000 })],
    ['waiting', 'a payload is too old', backend({ lanes: [lane({ payloads: 1, ageMs: 21_000 })] })],
    ['failing', 'the last attempt failed', backend({ lastError: error(1001) })],
    ['failing', 'that of a lane did', backend({ lanes: [lane(), lane({ lastSuccessMs: 5, lastError: error(6) })] })],
    ['failing', 'one of two lanes is down', backend({ lanes: [lane(), lane({ down: true })] })],
    ['down', 'all lanes are', backend({ lanes: [lane({ down: true }), lane({ down: true })] })],
    ['down', 'it could not start', backend({ running: false })],
    ['starting', 'it was given nothing yet', fresh],
  ] as const)('%s: %s', (state, _why, given) => {
    expect(backendView(given, 10_000, true).state).toBe(state);
  });

  it('is starting while the server is', () => {
    expect(backendView({ ...fresh, running: false }, 10_000, false).state).toBe('starting');
    expect(backendView({ ...fresh, running: false, lastError: error(1) }, 10_000, false).state).toBe('down');
  });
});

describe('a back-end', () => {
  it('is plain data', () => {
    const given: BackendStatus = backend({
      lostWindows: new Map([['too_old', 2]]),
      lostItems: new Map([['__proto__', 1]]),
      lanes: [lane({ givenUp: new Map([['refused', 3]]), lastError: error(5), lastSuccessMs: 6 })],
    });
    const view = JSON.parse(JSON.stringify(backendView(given, 10_000, true)));
    expect(view).toMatchObject({
      lostWindows: { too_old: 2 },
      lastSuccessMs: 1000,
      lastError: null,
      lanes: [
        { name: 'carbon', givenUp: { refused: 3 }, lastError: { atMs: 5, message: 'refused' }, lastSuccessMs: 6 },
      ],
    });
    expect(Object.keys(view.lostItems)).toEqual(['__proto__']);
  });

  it('has a latest error, its own or one of a lane', () => {
    const view = (given: Partial<BackendStatus>) => latestError(backendView(backend(given), 10_000, true));
    expect(view({})).toBeUndefined();
    expect(view({ lastError: error(5) })).toEqual({ error: error(5) });
    expect(view({ lastError: error(5), lanes: [lane({ lastError: error(4) })] })).toEqual({ error: error(5) });
    expect(
      view({ lastError: error(5), lanes: [lane({ lastError: error(7) }), lane({ name: 'b', lastError: error(6) })] }),
    ).toEqual({ lane: 'carbon', error: error(7) });
  });
});
