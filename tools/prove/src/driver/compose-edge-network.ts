import { declarationOf, SERVICE_NAMES } from '@nestfleet/contracts';
import type { Container } from '../../../fleet/src/programs.ts';
import { docker, runningOf } from './docker.ts';
import type { EdgeNetwork, Reach } from './fleet-driver.ts';

/** Ports of what is no app of ours. Consul: HTTP, DNS, server RPC, gossip. */
const SERVER_PORTS: Readonly<Record<string, readonly number[]>> = { redis: [6379], consul: [8500, 8600, 8300, 8301] };
/** What any of our apps listens on, the ports for control and metrics too: an address is tried on all of them. */
const APP_PORTS = [...new Set(SERVICE_NAMES.flatMap((name) => Object.values(declarationOf(name).ports))), 3200, 9464];

/** Runs inside a container, so it is plain JavaScript: one line of JSON for each target. */
const PROBE = `
const { connect } = require('node:net');
const targets = JSON.parse(process.argv[1]);
Promise.all(targets.map(({ host, port }) => new Promise((done) => {
  const say = (outcome) => { socket.destroy(); done({ host, port, outcome }); };
  const socket = connect({ host, port, timeout: 2000 });
  socket.on('connect', () => say('connected'));
  socket.on('timeout', () => say('silent'));
  socket.on('error', ({ code }) => say(code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'unresolved' : 'refused'));
}))).then((all) => process.stdout.write(JSON.stringify(all) + '\\n'));
`;

/** @param edgeService the service that publishes ports: `edge-proxy`, or the gateway itself */
export function composeEdgeNetwork(project: string, edgeService: string): EdgeNetwork {
  const network = `${project}_edge`;
  const all = (): Promise<Container[]> => runningOf(project);
  const isEdgeProxy = ({ service }: Container): boolean => service === edgeService;
  const proxyContainer = async (): Promise<Container> => {
    const proxy = (await all()).find(isEdgeProxy);
    if (!proxy) throw new Error(`no container of the service ${edgeService} runs`);
    return proxy;
  };
  return {
    members: async () =>
      (await all())
        .filter(({ addresses }) => network in addresses)
        .map(({ name }) => name)
        .toSorted(),
    proxy: async () => {
      const { name, addresses, published } = await proxyContainer();
      return { name, host: addresses[network] ?? '', ports: targetsIn(published) };
    },
    inner: async () => {
      const containers = await all();
      const proxy = containers.find(isEdgeProxy);
      const closed = APP_PORTS.filter((port) => !targetsIn(proxy?.published ?? []).includes(port));
      return [
        ...closed.map((port) => ({ host: proxy?.addresses[network] ?? '', port })),
        ...containers.filter((each) => !isEdgeProxy(each)).flatMap(targetsOf),
        // The edge proxy's own inner address is as far away as everybody else's.
        ...(proxy ? addressesOf(proxy, network).flatMap((host) => APP_PORTS.map((port) => ({ host, port }))) : []),
      ];
    },
    reach: async (targets) => {
      const image = (await all()).find(({ service }) => service === 'api')?.image ?? 'nestfleet/api:dev';
      const command = ['run', '--rm', '--network', network, '--entrypoint', 'node', image, '-e', PROBE];
      const text = await docker(...command, JSON.stringify(targets));
      return JSON.parse(text.trim().split('\n').at(-1) ?? '[]') as Reach[];
    },
  };
}

/** Docker lists a port for each family of addresses. */
const targetsIn = (published: Container['published']): number[] => [...new Set(published.map(({ target }) => target))];

const addressesOf = ({ addresses }: Container, except: string): string[] =>
  Object.entries(addresses).flatMap(([network, address]) => (network === except || address === '' ? [] : [address]));

function targetsOf(container: Container): { host: string; port: number }[] {
  const ports = SERVER_PORTS[container.service] ?? APP_PORTS;
  return [container.service, ...addressesOf(container, '')].flatMap((host) => ports.map((port) => ({ host, port })));
}
