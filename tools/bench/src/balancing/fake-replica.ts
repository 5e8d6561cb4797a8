// A replica of the api as far as the gateway can see: answers each request after a while. Run by `startFakeReplica`.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeReplicaOptions, FakeReplicaReport } from './fleet.ts';

const order = JSON.parse(process.argv[2] ?? '{}') as FakeReplicaOptions;
let requests = 0;

const server = createServer({ keepAliveTimeout: 95_000 }, (_request, response) => {
  requests += 1;
  const status = requests % (order.failsEach ?? Infinity) === 0 ? 503 : order.status;
  setTimeout(() => {
    response.writeHead(status, { 'x-served-by': order.name, 'content-type': 'application/json', 'content-length': 2 });
    response.end('{}');
  }, order.tookMs);
});
const tell = (): void => {
  process.send?.({ port: (server.address() as AddressInfo).port, requests } satisfies FakeReplicaReport);
};
server.listen(0, '127.0.0.1', tell);
process.on('message', tell);
process.on('disconnect', () => process.exit(0));
