/** The one place that knows where a server program is; what starts one, in this tool or another, asks here. */
export { findOnPath, isProgram } from './servers/binary.ts';
export { type FindOptions, findConsul, findHaproxy, findRedisServer } from './servers/find.ts';
