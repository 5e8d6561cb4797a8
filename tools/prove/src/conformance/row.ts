import type { Browser } from 'playwright-core';
import type { Check } from '../checkers/check.ts';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';

/** Why a row was not run at all. It is never green, and CI counts it. */
export class NotRun extends Error {
  readonly kind: 'not run' | 'not applicable';

  constructor(kind: 'not run' | 'not applicable', reason: string) {
    super(reason);
    this.name = 'NotRun';
    this.kind = kind;
  }
}

/** What a row may use. */
export interface Subject {
  readonly edge: EdgeProxy;
  /** @throws NotRun where only an address is known */
  driver(): FleetDriver;
  readonly knownDriver: FleetDriver | undefined;
  /** @throws NotRun where this machine has none */
  browser(): Promise<Browser>;
  /** @throws NotRun where the api does not serve them */
  needDiagnostics(): Promise<void>;
}

export interface Row {
  /** Short word for `--only`. */
  readonly name: string;
  readonly shows: string;
  run(check: Check, subject: Subject): Promise<void>;
}
