export { DISCOVERY_ERRORS, DiscoveryError, type AttemptFailure, type DiscoveryErrorCode } from './errors.ts';
