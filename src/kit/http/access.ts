import { isLoopback } from '../loopback.ts';
import { type AuthConfig, hasCredentials } from './auth-config.ts';

/** The keys that say who may reach a server. */
export interface Access {
  readonly host: string;
  readonly auth: AuthConfig;
  readonly allowAnonymous: boolean;
}

interface Fault {
  readonly key: keyof Access;
  readonly message: string;
}

/** The rule of a server that is closed to other machines unless it knows who comes, or is told that it need not. */
export function accessFaults({ host, auth, allowAnonymous }: Access): readonly Fault[] {
  const guarded = hasCredentials(auth);
  if (guarded && allowAnonymous) {
    const message = '"auth" names who is let in; remove one of "auth" and "allowAnonymous"';
    return [{ key: 'allowAnonymous', message }];
  }
  if (guarded || allowAnonymous || isLoopback(host)) return [];
  const message =
    `"${host}" is open to other machines and "auth" names no user or token; ` +
    'add one, listen on "127.0.0.1", or set "allowAnonymous": true';
  return [{ key: 'host', message }];
}
