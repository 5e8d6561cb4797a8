import type { Cluster, Redis } from 'ioredis';
import type { CircuitBreaker } from './circuit-breaker.ts';

/** What commands are given to. */
export type RedisClient = Redis | Cluster;

/** A Redis that takes commands now, and what is known of its answering. */
export interface Route {
  readonly node: Redis;
  readonly breaker: CircuitBreaker;
}

/** Link is the state of the connections of a client: one socket, or one to each primary of a cluster. */
export interface Link {
  readonly client: RedisClient;
  readonly sharded: boolean;
  /** Where a command with this key goes; undefined: there is no connection to it. Without a key to any. */
  route(key?: string): Route | undefined;
  /** Everything that keys can be on; undefined while a part is unreachable. */
  allRoutes(): readonly Route[] | undefined;
  /** Those that serve slots, reachable or not, as far as it is known; names for `ownerOf`. */
  owners(): readonly string[];
  /** Who serves the slot of `key`. */
  ownerOf(key: string): string | undefined;
  /** A command was refused, or got no answer. */
  recordFailure(fault: unknown): void;
  /** The first time that everything was connected. */
  readonly ready: Promise<void>;
  /** The sockets that there are. */
  sockets(): readonly { destroy(): unknown }[];
  /** The client was closed for good. */
  readonly ended: Promise<void>;
  /** Connects `redis` again, this client or a duplicate of it, without taking that for an outage. */
  reconnect(redis: Redis): void;
  /** Disconnects from now on are on purpose. */
  beginClose(): void;
}

/** What a link is given. */
export interface LinkParts {
  readonly newBreaker: () => CircuitBreaker;
  /** Everything is connected, again too. */
  readonly onUp: (routes: readonly Route[]) => void;
}

/** Ready, and not just being taken down. */
export const takesCommands = (node: Redis): boolean => node.status === 'ready' && node.stream.writable;
