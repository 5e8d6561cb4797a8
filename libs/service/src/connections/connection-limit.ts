import type { Server, Socket } from 'node:net';

/** Connections that one turn of the event loop may bring beyond the bound: as many as the kernel queues for a listener. */
const ARRIVE_AT_ONCE_MAX = 511;

/**
 * ConnectionLimit bounds the connections of a server so that a place cannot be held by an idle client: whoever has been
 * silent for longest is closed for whoever comes. `net.Server`'s own bound (`maxConnections`) turns away who comes.
 */
export class ConnectionLimit {
  /** Those that may be closed, the one that has been silent for longest first. */
  private readonly silent = new Set<Socket>();
  private open = 0;
  private isPlanned = false;

  /** Before it listens. */
  constructor(
    server: Server,
    private readonly connectionsMax: number,
  ) {
    server.maxConnections = connectionsMax + ARRIVE_AT_ONCE_MAX;
    server.on('connection', this.onConnection);
  }

  /** It keeps its place for as long as it lives, or until it is silent again. */
  keep(socket: Socket): void {
    this.silent.delete(socket);
  }

  /** Bytes of it have just come. */
  spoke(socket: Socket): void {
    if (socket.destroyed) return;
    this.silent.delete(socket);
    this.silent.add(socket);
  }

  private readonly onConnection = (socket: Socket): void => {
    this.open += 1;
    this.silent.add(socket);
    socket.once('close', () => {
      this.open -= 1;
      this.silent.delete(socket);
    });
    if (this.open <= this.connectionsMax || this.isPlanned) return;
    this.isPlanned = true;
    // What those have said that came in this turn is read in the next one.
    setImmediate(() => setImmediate(this.makeRoom));
  };

  private readonly makeRoom = (): void => {
    this.isPlanned = false;
    let excess = this.open - this.connectionsMax;
    for (const socket of this.silent) {
      if (excess <= 0) return;
      excess -= 1;
      this.silent.delete(socket);
      socket.destroy();
    }
  };
}
