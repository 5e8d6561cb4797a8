/**
 * NestJS wiring that the modules of all libs share: an exception filter that answers coded errors with their status, their code and
 * `Retry-After`, and the fault of a module that is registered twice.
 */
export { codedErrorFilter } from './nest/coded-error.filter.ts';
export { type Registration, requireRegisteredOnce } from './nest/registered-once.ts';
