/** The key `profile:`: what is kept across restarts. */
import type { ProfileConfig } from './dns-config.ts';
import { boolean, optional, readSection } from './fields.ts';
import type { Problems } from './problems.ts';
import type { MapValue } from './value.ts';

export const profileSection = {
  used: {
    'store-selected': optional(boolean, true),
    'store-fake-ip': optional(boolean, true),
  },
  ignored: { tracing: 'it is an implementation detail of Clash' },
};

export function readProfile(map: MapValue, problems: Problems): ProfileConfig {
  const fields = readSection(map, 'profile', profileSection, problems);
  return { storeSelected: fields['store-selected'], storeFakeIp: fields['store-fake-ip'] };
}
