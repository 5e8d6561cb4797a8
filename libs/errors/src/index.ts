/** Errors with a stable code, in the shape that Nest, Express and Fastify answer with the error's own HTTP status. */
export { CodedError, type ErrorKind } from './coded-error.ts';
