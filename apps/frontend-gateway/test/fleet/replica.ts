import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Replica {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** What arrived, in order. */
  readonly seen: IncomingMessage[];
  /** Connections that were ever accepted. */
  readonly connections: Socket[];
  close(): Promise<void>;
}

/** A tiny replica on a free port; `serve` is all that it does. */
export async function startReplica(name: string, serve: RequestListener): Promise<Replica> {
  const seen: IncomingMessage[] = [];
  const connections: Socket[] = [];
  const server = createServer({ keepAliveTimeout: 95_000 }, (request, response) => {
    seen.push(request);
    response.setHeader('x-served-by', name);
    serve(request, response);
  });
  server.on('connection', (socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    address: `127.0.0.1:${port}`,
    port,
    seen,
    connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with its name and what it got. */
export const echo = (request: IncomingMessage, response: ServerResponse): void => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: request.method, url: request.url, body: Buffer.concat(chunks).toString() }));
  });
};

/** An address that refuses: it was bound a moment ago, so nobody else is likely to be given it. */
export async function refusingAddress(): Promise<string> {
  const replica = await startReplica('gone', echo);
  await replica.close();
  return replica.address;
}
