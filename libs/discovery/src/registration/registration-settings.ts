import type { ServiceDefinition } from './service-definition.ts';
import { catalogTags, type TraefikService } from './traefik-tags.ts';

/** The variables that say more of an entry, parsed. */
export interface EntrySettings {
  readonly BALANCER: readonly string[];
  readonly DOMAIN: string;
  readonly SERVICE_TAGS: readonly string[];
  readonly SERVICE_META: Readonly<Record<string, string>>;
  readonly SERVICE_WEIGHT: number;
  readonly ZONE?: string | undefined;
}

/**
 * registrationSettings is what the entry of a service says beyond where it is.
 * @param service what edge proxies route to it; undefined for nothing
 */
export function registrationSettings(
  settings: EntrySettings,
  service?: TraefikService,
): Pick<ServiceDefinition, 'tags' | 'meta' | 'weight'> {
  return {
    tags: [...catalogTags(service, settings), ...settings.SERVICE_TAGS],
    meta: { ...settings.SERVICE_META, ...(settings.ZONE === undefined ? {} : { zone: settings.ZONE }) },
    weight: settings.SERVICE_WEIGHT,
  };
}
