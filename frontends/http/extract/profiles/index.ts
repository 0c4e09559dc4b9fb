import type { NameRegister } from '../names.ts';
import type { Origins } from '../origin.ts';
import type { Profile } from './profile.ts';
import { createSeed } from './seed.ts';
import { createTagged } from './tagged.ts';

export const profileNames = ['tagged', 'seed'] as const;
export type ProfileName = (typeof profileNames)[number];

/** `procIdAsSource` is by default what the profile does. */
export function createProfile(
  name: ProfileName,
  origins: Origins,
  register: NameRegister,
  procIdAsSource: boolean | undefined,
): Profile {
  switch (name) {
    case 'tagged':
      return createTagged(origins, register, procIdAsSource ?? true);
    case 'seed':
      return createSeed(origins, procIdAsSource ?? false);
  }
}
