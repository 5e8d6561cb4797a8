/**
 * Errors with a stable code, in the shape that Nest, Express and Fastify answer with the error's own HTTP status. Beside them the
 * JSON of what is to be stored, or what is wrong with it.
 */
export { CodedError, type ErrorKind } from './coded-error.ts';
export { jsonText } from './json-text.ts';
