/**
 * ShutdownErrorCode is why an app with ShutdownModule does not start: it imports `ShutdownModule.forRoot` twice
 * (`shutdown_registered_twice`), or the times do not fit together, or not to the load balancers (`invalid_settings`).
 */
export type ShutdownErrorCode = 'shutdown_registered_twice' | 'invalid_settings';

/** ShutdownModuleError says why an app with ShutdownModule does not start. */
export class ShutdownModuleError extends Error {
  override readonly name = 'ShutdownModuleError';

  constructor(
    readonly code: ShutdownErrorCode,
    detail: string,
  ) {
    super(detail);
  }
}
