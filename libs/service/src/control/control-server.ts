import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { CONTROL_PATTERNS, type ControlAction, messageOf } from '@nestfleet/contracts';
import { ServerTCP, type TcpContext } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import { ConnectionLimit } from '../connections/connection-limit.ts';
import type { Logger } from '../logging.ts';
import { ControlError, toRefusal } from './control-error.ts';

/** A message is 300 characters or so; a sender may write some at once. */
const MESSAGE_CHARS_MAX = 16_384;
const REPLIES_BYTES_MAX = 1_048_576;
/**
 * Connections at once. Each gateway holds one to every replica, so this also bounds the gateways of a fleet. One that has
 * shown the token keeps its place; the others are closed for newcomers, the oldest first.
 */
const CONNECTIONS_MAX = 128;
const PROOF_WITHIN_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;

export interface ControlPlane {
  /** Throws ControlError where the message is refused. */
  readonly guard: (message: unknown) => void;
  readonly actions: Readonly<Record<ControlAction, () => Promise<object> | object>>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface ControlPlace {
  readonly host: string;
  readonly port: number;
  /**
   * A connection that has not shown the token by then is closed.
   * @default 5_000
   */
  readonly proofWithinMs?: number;
}

/**
 * ControlServer is the TCP transport of @nestjs/microservices on a port of its own, with the patterns of the control plane
 * and no others: what is registered with the Nest application is not reachable here, and the other way round.
 */
class ControlServer extends ServerTCP {
  private readonly unproven = new WeakMap<Socket, NodeJS.Timeout>();
  private readonly log: Pick<Logger, 'warn'>;
  private readonly limit: ConnectionLimit;
  private readonly proofWithinMs: number;

  constructor({ host, port, proofWithinMs = PROOF_WITHIN_MS }: ControlPlace, log: Pick<Logger, 'warn'>) {
    super({
      host,
      port,
      maxBufferSize: MESSAGE_CHARS_MAX,
      maxSendBufferSize: REPLIES_BYTES_MAX,
      incompleteMessageTimeout: proofWithinMs,
    });
    this.log = log;
    this.proofWithinMs = proofWithinMs;
    this.limit = new ConnectionLimit(this.server, CONNECTIONS_MAX);
  }

  override bindHandler(socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), this.proofWithinMs).unref();
    this.unproven.set(socket, timer);
    socket.once('close', () => clearTimeout(timer));
    // A sender whose machine is gone must not hold its place for good.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    super.bindHandler(socket);
  }

  trust(socket: Socket): void {
    clearTimeout(this.unproven.get(socket));
    this.limit.keep(socket);
  }

  /** A message that wants no reply does nothing: its sender could not be refused. */
  override handleEvent(): Promise<void> {
    return Promise.resolve();
  }

  protected override handleError(error: unknown): void {
    this.log.warn({ reason: messageOf(error).slice(0, 200) }, 'a message on the control port could not be read');
  }
}

export interface RunningControl {
  readonly port: number;
  close(): void;
}

/** @throws what listening fails with, such as EADDRINUSE */
export async function startControlServer(plane: ControlPlane, place: ControlPlace): Promise<RunningControl> {
  const server = new ControlServer(place, plane.log);
  const net = server.unwrap<NetServer>();
  for (const [action, run] of Object.entries(plane.actions)) {
    server.addHandler(CONTROL_PATTERNS[action as ControlAction], async (message: unknown, context: TcpContext) => {
      const { netSocket } = context.getSocketRef();
      try {
        plane.guard(message);
        server.trust(netSocket);
        return await run();
      } catch (error) {
        const refusal = toRefusal(error);
        const fields = { event: 'control.refused', action, code: refusal.code, remote: netSocket.remoteAddress };
        plane.log.warn(error instanceof ControlError ? fields : { ...fields, err: error }, refusal.message);
        // As a stream, or the sender would never hear of it: the transport only logs what a handler throws.
        return throwError(() => refusal);
      }
    });
  }
  await new Promise<void>((resolve, reject) => {
    net.once('error', reject);
    // The transport calls back with some faults of listening and is silent about others.
    server.listen((error) => (error === undefined ? resolve() : reject(error)));
  });
  return { port: (net.address() as AddressInfo).port, close: () => server.close() };
}
