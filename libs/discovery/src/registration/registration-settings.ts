import type { ServiceDefinition } from './service-definition.ts';
import { catalogTags } from './traefik-tags.ts';

/** The variables that say more of an entry, parsed. */
export interface EntrySettings {
  readonly BALANCER: readonly string[];
  readonly DOMAIN: string;
  readonly SERVICE_TAGS: readonly string[];
  readonly SERVICE_META: Readonly<Record<string, string>>;
  readonly SERVICE_WEIGHT: number;
}

/** What the entry of this service says beyond where it is. */
export function registrationSettings(
  service: string,
  settings: EntrySettings,
): Pick<ServiceDefinition, 'tags' | 'meta' | 'weight'> {
  return {
    tags: [...catalogTags(service, settings), ...settings.SERVICE_TAGS],
    meta: settings.SERVICE_META,
    weight: settings.SERVICE_WEIGHT,
  };
}
