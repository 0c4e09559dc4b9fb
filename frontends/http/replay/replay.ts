import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGate } from '../../../src/kit/http/auth.ts';
import { contactOf } from '../../../src/kit/http/contact.ts';
import type { CapturedRequest, Logger, Replay } from '../../../src/plugin.ts';
import type { HttpConfig } from '../config.ts';
import { openDrain } from '../transport/server.ts';
import { createRecorder } from './recorder.ts';

/** What belongs to a connection, or is written anew. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-api-key',
]);

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * A drain of its own on a port of this machine that takes what is posted with one secret, in place of any credential that was sent. It
 * is the drain that runs in a server, with all of its limits; only what it hands over is looked at instead of counted.
 */
export async function openReplay(config: HttpConfig): Promise<Replay> {
  const token = randomBytes(24).toString('base64url');
  const { users, tokens } = config.auth;
  const own: HttpConfig = {
    ...config,
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    allowAnonymous: false,
    auth: { users, tokens: [...tokens, token] },
  };
  const recorder = createRecorder();
  const memory = new Map<string, unknown>();
  const { addresses, close } = await openDrain(
    own,
    recorder.intake,
    {
      log: SILENT,
      ready: () => true,
      replaced: () => false,
      kept: <T>(key: string, make: () => T) => {
        if (!memory.has(key)) memory.set(key, make());
        return memory.get(key) as T;
      },
      folder: async () => undefined,
    },
    recorder.trace,
  );
  const clients = clientsOf(own);
  const address = addresses[0]!;

  return {
    async read(captured) {
      const authorization = clients.get(captured.client ?? '') ?? `Bearer ${token}`;
      const { status, sentence } = await post(address, captured, authorization);
      return { status, ...(status >= 400 && { refusal: sentence }), ...recorder.take() };
    },
    close,
  };
}

/** The header of each, by the name that it has once it is admitted. */
function clientsOf(config: HttpConfig): ReadonlyMap<string, string> {
  const gate = createGate(config.auth, () => undefined);
  return new Map(
    contactOf(config).clients.map(({ authorization }) => {
      const { name } = gate.admit({ headers: { authorization } } as IncomingMessage);
      return [name, authorization] as const;
    }),
  );
}

async function post(address: string, { method, path, headers, body }: CapturedRequest, authorization: string) {
  const kept = Object.entries(headers).filter(([name, value]) => !OWN_HEADERS.has(name) && value !== '***');
  const asked = request(new URL(withoutSecrets(path), address), {
    method,
    agent: false,
    headers: { ...Object.fromEntries(kept), authorization, 'content-length': body.length },
  });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, sentence: (await text(answer)).trim() };
}

/** A parameter that was a credential is none any more. */
function withoutSecrets(path: string): string {
  const [plain = '', query] = path.split('?', 2);
  const left = query?.split('&').filter((parameter) => !parameter.endsWith('=***'));
  return left === undefined || left.length === 0 ? plain : `${plain}?${left.join('&')}`;
}
