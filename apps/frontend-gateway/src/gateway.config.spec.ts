import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@nestfleet/service';
import { deadlineFault, gatewayConfig } from './gateway.config.ts';

const faultOf = (environment: Record<string, string>) => deadlineFault(loadConfig(gatewayConfig, environment));

describe('deadlineFault', () => {
  it.each<Record<string, string>>([{}, { UPSTREAM_DEADLINE_MS: '60000', SHUTDOWN_IN_FLIGHT_MS: '60000' }])(
    'is none for %j',
    (environment) => expect(faultOf(environment)).toBeUndefined(),
  );

  it.each<Record<string, string>>([{ UPSTREAM_DEADLINE_MS: '10001' }, { SHUTDOWN_IN_FLIGHT_MS: '9999' }])(
    'names a deadline that a shutdown would not wait for: %j',
    (environment) => expect(faultOf(environment)).toMatch(/^UPSTREAM_DEADLINE_MS: is .*SHUTDOWN_IN_FLIGHT_MS/),
  );
});
