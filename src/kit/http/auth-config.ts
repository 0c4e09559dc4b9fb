import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';

/** What a credential says of who has it. */
export interface ClientRights {
  /** The app that it stands for. */
  readonly app?: string | undefined;
  /** How the names begin that it may write. Absent: any. */
  readonly prefixes?: readonly string[] | undefined;
}

interface BasicUser extends ClientRights {
  readonly user: string;
  readonly password: string;
}

interface Token extends ClientRights {
  readonly token: string;
}

export interface AuthConfig {
  /** Accepted with `Authorization: Basic`, which is what the user part of a URL becomes. */
  readonly users: readonly BasicUser[];
  /** Accepted with `Authorization: Bearer` or `Token`, in `X-Api-Key`, and as the user or the password of a URL that has one of them only. */
  readonly tokens: readonly (string | Token)[];
}

/** The key `auth` of whatever serves HTTP. Default: nobody is named. */
export function authKey(kit: ConfigKit): z.ZodDefault<z.ZodType<AuthConfig>> {
  return keyOf(kit, {}, kit.secret());
}

/** The key `auth` of what is posted to: credentials may say for whom they stand, and what they may write. */
export function clientAuthKey(kit: ConfigKit): z.ZodDefault<z.ZodType<AuthConfig>> {
  const { z } = kit;
  const rights = {
    app: z
      .string()
      .regex(/^[A-Za-z0-9_.:/-]{1,100}$/, 'must be 1 to 100 of the characters A-Z a-z 0-9 _ . : / and -')
      .optional()
      .describe('App whose lines come with this credential, unless the URL names another one.'),
    prefixes: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('How the names of metrics begin that may be written with this credential. Default: any name.'),
  };
  const token = z.strictObject({ token: kit.secret().describe('The token.'), ...rights });
  return keyOf(kit, rights, z.union([kit.secret(), token]));
}

function keyOf(
  kit: ConfigKit,
  rights: z.core.$ZodShape,
  token: z.ZodType<AuthConfig['tokens'][number]>,
): z.ZodDefault<z.ZodType<AuthConfig>> {
  const { z } = kit;
  const user = z.strictObject({
    user: z
      .string()
      .min(1)
      .regex(/^[^:]*$/, 'a user of HTTP Basic cannot contain ":"')
      .describe('User name, without ":".'),
    password: kit.secret().describe('Password.'),
    ...rights,
  });
  const auth = z.strictObject({
    users: z
      .array(user)
      .default([])
      .describe('Accepted with HTTP Basic; one user may be there with two passwords while they are changed.'),
    tokens: z
      .array(token)
      .default([])
      .describe('Accepted as "Bearer" or "Token", and in "X-Api-Key"; several of them allow a rotation.'),
  }) as unknown as z.ZodType<AuthConfig>;
  return auth.default({ users: [], tokens: [] });
}

export function hasCredentials(auth: AuthConfig): boolean {
  return auth.users.length + auth.tokens.length > 0;
}

/** All texts that let somebody in. */
export function secretsOf({ users, tokens }: AuthConfig): string[] {
  return [...users.map(({ password }) => password), ...tokens.map(tokenText)];
}

export function tokenText(token: AuthConfig['tokens'][number]): string {
  return typeof token === 'string' ? token : token.token;
}
