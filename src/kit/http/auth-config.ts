import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';

interface BasicUser {
  readonly user: string;
  readonly password: string;
}

export interface AuthConfig {
  /** Accepted with `Authorization: Basic`, which is what the user part of a URL becomes. */
  readonly users: readonly BasicUser[];
  /** Accepted with `Authorization: Bearer`. */
  readonly tokens: readonly string[];
}

/** The key `auth` of whatever serves HTTP. Default: nobody is named. */
export function authKey(kit: ConfigKit): z.ZodDefault<z.ZodType<AuthConfig>> {
  const { z } = kit;
  const user = z.strictObject({
    user: z
      .string()
      .min(1)
      .regex(/^[^:]*$/, 'a user of HTTP Basic cannot contain ":"')
      .describe('User name, without ":".'),
    password: kit.secret().describe('Password.'),
  });
  const auth = z.strictObject({
    users: z.array(user).default([]).describe('Accepted with HTTP Basic; several of them allow a rotation.'),
    tokens: z.array(kit.secret()).default([]).describe('Accepted as Bearer tokens; several of them allow a rotation.'),
  });
  return auth.default({ users: [], tokens: [] });
}

export function hasCredentials(auth: AuthConfig): boolean {
  return auth.users.length + auth.tokens.length > 0;
}
