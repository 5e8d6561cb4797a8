import { describe, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { registrationSettings } from './registration-settings.ts';

const settings = { DOMAIN: 'localhost', SERVICE_TAGS: ['blue'], SERVICE_META: { zone: 'a' }, SERVICE_WEIGHT: 3 };

describe('registrationSettings', () => {
  it('adds to the tags that routes depend on, and replaces none', () => {
    const { tags, meta, weight } = registrationSettings({ ...settings, BALANCER: ['traefik-consul'] }, services.api);
    expect(tags?.at(0)).toBe('traefik.enable=true');
    expect(tags?.at(-1)).toBe('blue');
    expect({ meta, weight }).toEqual({ meta: { zone: 'a' }, weight: 3 });
    const zoned = registrationSettings({ ...settings, BALANCER: ['gateway'], ZONE: 'b' });
    expect(zoned.meta).toEqual({ zone: 'b' });
    expect(registrationSettings({ ...settings, BALANCER: ['gateway'] }, services.api).tags).toEqual(['blue']);
    expect(registrationSettings({ ...settings, BALANCER: ['traefik-consul'] }).tags).toEqual(['blue']);
  });
});
