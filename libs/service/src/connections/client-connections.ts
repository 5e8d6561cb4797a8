import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { type PendingResponses, pendingOn } from './pending-responses.ts';

/** Beyond the bound, while it is being enforced: as many as one turn of the event loop may bring. */
const ARRIVE_AT_ONCE_MAX = 511;
/** What is left of the bound once some have been closed. */
const ROOM_SHARE = 0.9;
/** Those that came, or were answered, as lately are spared, milliseconds: their requests may be on the way. */
const SPARED_MS = 1_000;
/** So many of them beyond the bound; then they are closed too. */
const SPARED_MAX = 100;
/** So many are closed before what has arrived meanwhile on the others is read. */
const CLOSED_IN_A_TURN = 32;
/** Those that have become idle are closed as often as this, milliseconds. */
const SWEEP_MS = 100;

/** What is written on upgraded connections is to go out within this, milliseconds. */
const FLUSH_MS = 1_000;

type OpenConnection = readonly [Socket, PendingResponses];

/**
 * ClientConnections are the connections of a server's clients, and how they end in a graceful shutdown. Node's own `close`
 * ends at once what it takes for idle, also where a request has arrived and lies unread, and its `closeAllConnections` takes
 * no notice of one that has arrived in part. Each is a request that is lost.
 */
export class ClientConnections {
  private readonly open = new Map<Socket, PendingResponses>();
  private readonly upgraded = new Set<Socket>();
  private sweep: NodeJS.Timeout | NodeJS.Immediate | undefined;
  private isRoomPlanned = false;
  /** While those that are spared are beyond the bound. */
  private nextRoom: NodeJS.Timeout | undefined;

  /**
   * To be made before the server listens, behind `installConnectionRules`.
   * @param connectionsMax of more than this, the idle ones are closed: they cost memory without an end
   * @default no bound
   */
  constructor(
    private readonly server: Server,
    private readonly connectionsMax = Infinity,
  ) {
    // The socket of a request: behind TLS it is another one than what was accepted.
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', this.onConnection);
    // A listener of ours alone would make upgrades of what are plain requests for a server that takes none.
    if (server.listenerCount('upgrade') > 0) server.prependListener('upgrade', this.onUpgrade);
    else server.on('newListener', this.onNewListener);
  }

  /** All that are open, but for upgraded ones. */
  get count(): number {
    return this.open.size;
  }

  /** How many wait for the rest of a request. */
  get begun(): number {
    return [...this.open].filter(
      ([socket, pending]) => pending.answers.length === 0 && socket.bytesRead > pending.readBefore,
    ).length;
  }

  /** No new ones from now on; those that are idle are closed, and those that become it. */
  stopAccepting(): void {
    clearTimeout(this.nextRoom);
    // The one of http.Server closes idle connections, and looks no more for requests that take too long to arrive.
    NetServer.prototype.close.call(this.server);
    // The poll phase before this one may be over already.
    this.sweep = setImmediate(() => this.sweepSoon());
  }

  /** Whatever they are at. */
  cut(): void {
    clearTimeout(this.nextRoom);
    clearTimeout(this.sweep as NodeJS.Timeout);
    clearImmediate(this.sweep as NodeJS.Immediate);
    for (const socket of this.open.keys()) socket.destroy();
    this.server.closeAllConnections();
  }

  /** Behind what was written, such as the last frame of a WebSocket. */
  endUpgraded(): void {
    for (const socket of this.upgraded) {
      socket.destroySoon();
      setTimeout(() => socket.destroy(), FLUSH_MS).unref();
    }
  }

  private readonly onNewListener = (event: string | symbol): void => {
    if (event !== 'upgrade') return;
    this.server.off('newListener', this.onNewListener);
    this.server.prependListener('upgrade', this.onUpgrade);
  };

  /** Not the server's any more, but what waits for the end of the server waits for it. */
  private readonly onUpgrade = (_request: IncomingMessage, socket: Socket): void => {
    this.open.delete(socket);
    this.upgraded.add(socket);
    socket.once('close', () => this.upgraded.delete(socket));
  };

  private readonly onConnection = (socket: Socket): void => {
    if (this.open.size >= this.connectionsMax + ARRIVE_AT_ONCE_MAX) {
      socket.destroy();
      return;
    }
    this.open.set(socket, pendingOn(socket));
    socket.once('close', () => this.open.delete(socket));
    if (this.open.size <= this.connectionsMax + (this.nextRoom ? SPARED_MAX : 0) || this.isRoomPlanned) return;
    this.isRoomPlanned = true;
    // Requests on those that came in this turn are read in the next one.
    setImmediate(() => setImmediate(this.makeRoom));
  };

  /**
   * Those that have been idle for longest, also where a head has arrived in part, then those whose body has been coming for
   * longest; none that waits for its answer. Where these take all of the bound, who has just come has some time all the same.
   */
  private readonly makeRoom = (): void => {
    this.isRoomPlanned = false;
    clearTimeout(this.nextRoom);
    this.nextRoom = undefined;
    const sparedSinceMs = performance.now() - SPARED_MS;
    const silent = [...this.open].filter(([, { answers }]) => answers.length === 0);
    const idle = silent.toSorted(([, a], [, b]) => a.idleSinceMs - b.idleSinceMs);
    // A head in part takes memory, many times its length.
    const isSpared = ([socket, { idleSinceMs, readBefore }]: OpenConnection): boolean =>
      idleSinceMs > sparedSinceMs && socket.bytesRead === readBefore;
    const inPart = [...this.open].filter(([, { answers }]) => answers.length === 1 && isReceiving(answers[0]!));
    const receiving = inPart.toSorted(([, a], [, b]) => a.beganMs - b.beganMs);
    // With room for some more: to look for them costs more than to close them.
    const excess = this.open.size - Math.ceil(this.connectionsMax * ROOM_SHARE);
    this.close([...idle.filter((each) => !isSpared(each)), ...receiving], excess);
    if (this.open.size > this.connectionsMax + SPARED_MAX)
      this.close(idle.filter(isSpared), this.open.size - this.connectionsMax - SPARED_MAX / 2);
    if (this.open.size > this.connectionsMax) this.planNextRoom();
  };

  private planNextRoom(): void {
    // After a stall of our own process timers fire before what has arrived is read.
    this.nextRoom = setTimeout(() => setImmediate(this.makeRoom), SPARED_MS).unref();
  }

  private close(connections: readonly OpenConnection[], count: number): void {
    for (const [socket] of connections.slice(0, Math.max(0, count))) {
      this.open.delete(socket);
      socket.destroy();
    }
  }

  /** Right after the poll phase of the event loop, in which all was read that had arrived. */
  private sweepSoon(): void {
    this.sweep = setImmediate(() => {
      let closed = 0;
      for (const [socket, { answers, readBefore }] of this.open) {
        if (answers.length > 0 || socket.bytesRead > readBefore) continue;
        socket.destroy();
        this.open.delete(socket);
        if ((closed += 1) === CLOSED_IN_A_TURN) break;
      }
      if (closed === CLOSED_IN_A_TURN) this.sweepSoon();
      else this.sweep = setTimeout(() => this.sweepSoon(), SWEEP_MS);
    });
  }
}

/** Of the request a part has not come, and nothing has been said to it. */
const isReceiving = ({ req, headersSent }: ServerResponse): boolean => !req.complete && !headersSent;
