import type { FleetServer } from '@nestfleet/contracts';
import type { ProcessSpec } from './managed-process.ts';

/** ServerSpec is a server of the fleet. Its address may change until it was ready once, and never after: replicas hold it. */
export interface ServerSpec extends ProcessSpec<{ ready: true }> {
  readonly name: FleetServer['name'];
  readonly version: string;
  readonly logFile: string;
  readonly url: () => string;
}
