declare const NESTFLEET_VERSION: string | undefined;

/** Put in by the bundler; run from source it is a development version. */
export const VERSION = typeof NESTFLEET_VERSION === 'string' ? NESTFLEET_VERSION : '0.0.0-dev';
