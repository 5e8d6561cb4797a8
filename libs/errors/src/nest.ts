/** NestJS wiring: an exception filter that answers coded errors with their status, their code and `Retry-After`. */
export { codedErrorFilter } from './nest/coded-error.filter.ts';
