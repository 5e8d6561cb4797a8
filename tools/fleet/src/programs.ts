/**
 * What other tools take from this one. It is the one place that knows where a server program is: what starts one, here or
 * there, asks for it. And it knows how many replicas there are of each service, and reads the containers of a fleet.
 */
export type { Container } from './docker/containers.ts';
export { containersOf } from './docker/engine.ts';
export { readInstanceIds } from './docker/instance-ids.ts';
export { defaultCounts } from './core/services.ts';
export { findOnPath, isProgram } from './servers/binary.ts';
export { cacheDir, cached } from './servers/cache.ts';
export { findPostgres } from './servers/find-postgres.ts';
export { type FindOptions, findConsul, findHaproxy, findRedisServer, findTraefik } from './servers/find.ts';
export { type RunningHaproxy, startHaproxyBefore } from './servers/haproxy-before.ts';
