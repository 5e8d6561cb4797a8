import { isNativeError } from 'node:util/types';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Discovery } from '../discovery.ts';
import { DiscoveryError } from '../errors.ts';
import { portFromMeta, type Instance } from '../instance.ts';
import { callOne } from '../lb/call-one.ts';
import type { Attempt, CallOptions } from '../lb/call.ts';
import type { Outcome } from '../outcome.ts';
import { createTcpConnection, type TcpConnection } from './tcp-connection.ts';

export interface SendOptions extends Pick<CallOptions, 'deadlineMs' | 'attemptMs' | 'signal'> {
  /**
   * Most instances to try: a message may have done its work although no reply came. One that no connection could be made
   * to does not count, since nothing was sent.
   *
   * @default 1
   */
  attempts?: number;
  /**
   * To this instance and no other, whatever its health, in one attempt. Not counted as traffic. Without it the message is
   * balanced over the passing instances.
   */
  to?: string;
}

export interface ClientOptions {
  /**
   * Which port of the entry messages go to.
   *
   * @default 'rpc_port'
   */
  port?: 'rpc_port' | 'control_port';
  /**
   * For a connection to come about, milliseconds; after it the message goes to another instance.
   *
   * @default 300
   */
  connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 300;

type Connect = (host: string, port: number, onSilence: () => void) => TcpConnection;

/**
 * Messages over @nestjs/microservices' TCP transport to the instances of one service, found by name and balanced like any
 * other call. Keeps one connection per instance, and closes it when the catalog no longer lists the instance.
 */
export class DiscoveredClient implements OnModuleInit, OnApplicationShutdown {
  private readonly connections = new Map<string, TcpConnection>();
  private readonly stop = new AbortController();
  private readonly portName: 'rpc_port' | 'control_port';
  private readonly connectTimeoutMs: number;
  private isFollowing = false;

  constructor(
    private readonly discovery: Discovery,
    readonly service: string,
    options: ClientOptions = {},
  ) {
    this.portName = options.port ?? 'rpc_port';
    this.connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  }

  /** Loads the transport before the first message has to wait for it; an application without it may still send none. */
  async onModuleInit(): Promise<void> {
    await import('@nestjs/microservices').catch(() => undefined);
  }

  /** The last of Nest's hooks: handlers that are still at work may send until here. */
  onApplicationShutdown(): void {
    this.stop.abort();
    this.keepOnly(new Set());
  }

  /**
   * Resolves with the first reply. `data` must not be null or undefined: the transport refuses it. Rejects with what the
   * handler threw as it came over the wire, else with DiscoveryError `no_instance`, `attempts_exhausted` (connection
   * refused; also where the entry does not name the port), `outcome_unknown` (connection lost with the only attempt),
   * `deadline_exceeded` or `closed`.
   */
  async send<T>(
    pattern: unknown,
    data: unknown,
    { deadlineMs, attemptMs = deadlineMs, attempts = 1, to, signal }: SendOptions,
  ): Promise<T> {
    if (this.stop.signal.aborted) throw new DiscoveryError('closed', `the client of ${this.service} was closed`);
    const { ClientTCP } = await import('@nestjs/microservices');
    this.follow();
    const connect: Connect = (host, port, onSilence) =>
      createTcpConnection(new ClientTCP({ host, port }), this.connectTimeoutMs, onSilence);
    const attempt: Attempt<T> = async (instance, end) =>
      (await this.connection(instance, connect).send(pattern, data, end)) as T;
    const upstream = this.discovery.upstreams.of(this.service);
    const options = {
      deadlineMs,
      attemptMs,
      countsUnsent: false,
      // What a handler threw arrives as plain JSON: it is an answer. Errors are made on this side of the wire.
      retryable: isNativeError,
      classify: shownBy,
      ...(signal === undefined ? {} : { signal }),
    };
    return to === undefined
      ? upstream.call(attempt, { ...options, attempts })
      : callOne(upstream, to, attempt, { ...options, closed: this.stop.signal });
  }

  private connection(instance: Instance, connect: Connect): TcpConnection {
    const known = this.connections.get(instance.id);
    if (known) return known;
    const port = portFromMeta(instance, this.portName);
    if (port === undefined) throw new DiscoveryError('rpc_port_missing', `${instance.id} has no ${this.portName}`);
    const made = connect(instance.address, port, () => {
      // What still waits on it may get its reply; the next message gets a new connection.
      if (this.connections.get(instance.id) === made) this.connections.delete(instance.id);
      made.retire();
    });
    this.connections.set(instance.id, made);
    return made;
  }

  private follow(): void {
    if (this.isFollowing) return;
    this.isFollowing = true;
    void (async () => {
      for await (const { instances } of this.discovery.catalog.watch(this.service, this.stop.signal)) {
        this.keepOnly(new Set(instances.map(({ id }) => id)));
      }
    })();
  }

  private keepOnly(ids: ReadonlySet<string>): void {
    for (const [id, connection] of this.connections) {
      if (ids.has(id)) continue;
      this.connections.delete(id);
      connection.retire();
    }
  }
}

/** The transport names no code where the connection went away, so all that is no answer counts as that. */
function shownBy(error: unknown): Outcome {
  if (!isNativeError(error)) return 'unsuccessful';
  return error instanceof DiscoveryError ? 'unknown' : 'refused';
}
