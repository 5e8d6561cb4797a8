// One process that serves the public socket it inherited as descriptor 3, and shuts down on SIGTERM as a gateway does:
// accept no more, serve on for the drain delay, close what is idle, end with the last answer. Prints the port.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { openPublicSocket } from '../../src/public-socket.ts';

const SLOW_MS = 300;
const DRAIN_DELAY_MS = 100;
let inFlight = 0;
let isDraining = false;

const server = createServer((request, response) => {
  inFlight += 1;
  response.on('close', () => {
    inFlight -= 1;
    if (isDraining && inFlight === 0) process.exit(0);
  });
  setTimeout(() => response.end(`${process.pid}`), request.url === '/slow' ? SLOW_MS : 5);
});

function shutdown(): void {
  isDraining = true;
  server.close();
  server.closeIdleConnections();
  if (inFlight === 0) process.exit(0);
}

await once(server.listen(0, '127.0.0.1'), 'listening');
const shared = await openPublicSocket(3, server, Number(process.env['BACKLOG']));
process.once('SIGTERM', () => {
  void shared.close();
  setTimeout(shutdown, DRAIN_DELAY_MS);
});
process.stdout.write(`${shared.port}\n`);
