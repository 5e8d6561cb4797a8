// @fastify/http-proxy in front of replicas, with the log of Fastify. Run by `startHttpProxy`: tells its port to its parent and
// ends with it.
import type { AddressInfo } from 'node:net';
import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';

const ports = JSON.parse(process.argv[2] ?? '[]') as number[];
const upstreams = ports.map((port) => `http://127.0.0.1:${port}`);
let next = 0;

const app = fastify({ logger: true });
await app.register(httpProxy, {
  upstream: '',
  replyOptions: { getUpstream: () => upstreams[(next += 1) % upstreams.length]! },
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.on('disconnect', () => process.exit(0));
process.send?.({ port: (app.server.address() as AddressInfo).port });
