import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@nestfleet/service';
import { apiConfig, quickstartEnabled } from './api.config.ts';

const secrets = { SESSION_KEYS: 'k'.repeat(32), OPS_TOKEN: 't'.repeat(24), CONTROL_TOKEN: 'c'.repeat(24) };

const on = (environment: Record<string, string>): boolean => quickstartEnabled(loadConfig(apiConfig, environment));

describe('apiConfig', () => {
  it('has the demo endpoints on, in production off unless configured', () => {
    expect(on({})).toBe(true);
    expect(on({ QUICKSTART_ROUTES: 'off' })).toBe(false);
    expect(on({ NODE_ENV: 'production', ...secrets })).toBe(false);
    expect(on({ NODE_ENV: 'production', QUICKSTART_ROUTES: 'true', ...secrets })).toBe(true);
  });

  it('refuses production without keys and tokens, and origins that are none', () => {
    expect(() => loadConfig(apiConfig, { NODE_ENV: 'production' })).toThrow(
      /CONTROL_TOKEN: is missing[\s\S]*SESSION_KEYS: is missing[\s\S]*OPS_TOKEN: is missing/,
    );
    expect(() => loadConfig(apiConfig, { CORS_ORIGINS: 'app.example' })).toThrow(
      /CORS_ORIGINS: is an address, such as https:.*\(given: "app.example"\)/,
    );
    expect(
      loadConfig(apiConfig, { CORS_ORIGINS: 'https://a.example, http://b.example:8080' }).CORS_ORIGINS,
    ).toHaveLength(2);
  });
});
