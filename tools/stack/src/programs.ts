/** The one place that knows where a server program is; what starts one, in this tool or another, asks here. */
export { type FindOptions, findConsul, findHaproxy, findRedisServer } from './servers/find.ts';
