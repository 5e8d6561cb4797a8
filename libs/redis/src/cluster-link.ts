import type { Cluster, Redis } from 'ioredis';
import { reconnectDelayMs } from './back-off.ts';
import { withDeadline } from '@nestfleet/timing';
import { describeFault, redisFault } from './faults.ts';
import { HandshakeError } from './handshake.ts';
import { type Link, type LinkParts, type Route, takesCommands } from './link.ts';
import { LinkLog } from './link-log.ts';
import type { RedisLog } from './log.ts';
import { SLOTS, slotOf } from './slot.ts';

/** A node that does not say in this time whether it serves is asked again later. */
const SERVES_WITHIN_MS = 500;
/** The first connections take their time; only then is it worth a line that the cluster is not there. */
const SILENT_ATTEMPTS = 4;

/**
 * Follows the sockets to the nodes of a cluster. ioredis connects to a node when the first command wants it and drops one
 * that is lost; here every primary is connected at once, and for as long as one is unreachable or silent the cluster is asked,
 * with growing pauses up to 1 s, who serves its slots now.
 */
export function clusterLink(
  client: Cluster,
  log: RedisLog,
  { newBreaker, onUp, random }: LinkParts & { readonly random: () => number },
): Link {
  const state = new LinkLog(log);
  const ended = Promise.withResolvers<void>();
  const nodes = new Map<string, Route>();
  /** For work without a key, which may go to any node. */
  const keylessBreaker = newBreaker();
  let primaries: readonly string[] = [];
  let slotsCovered = false;
  let timer: NodeJS.Timeout | undefined;
  let attempt = 0;
  let confirming = false;

  client.on('+node', (node: Redis) => {
    const route = { node, breaker: newBreaker() };
    nodes.set(keyOf(node), route);
    node.on('ready', () => {
      route.breaker.recordSuccess();
      update();
    });
    node.on('close', update);
    connectPrimary(node);
  });
  client.on('-node', (node: Redis) => {
    if (nodes.get(keyOf(node))?.node === node) nodes.delete(keyOf(node));
    update();
  });
  client.on('refresh', () => {
    const pool = new Set(client.nodes());
    // One that is dropped between two attempts ends without a word.
    for (const [key, { node }] of nodes) if (!pool.has(node)) nodes.delete(key);
    for (const node of client.nodes('master')) connectPrimary(node);
    update();
  });
  // Without listeners ioredis prints each fault on the console.
  client.on('error', (error: Error & { lastNodeError?: Error | null }) => {
    const { name, message } = error.lastNodeError ?? error;
    if (name === 'ReplyError') state.refused(message);
    else state.fault(message);
  });
  client.on('node error', (error: Error, node: string) =>
    error instanceof HandshakeError
      ? state.refused(error.message, error.kind)
      : state.note(`${node}: ${error.message}`),
  );
  client.on('ready', update);
  client.on('close', update);
  client.on('end', () => ended.resolve());

  /** A way to every primary; whether they serve is another question. */
  function connected(): readonly Route[] | undefined {
    if (client.status !== 'ready' || !slotsCovered) return undefined;
    const routes = primaries.flatMap((key) => usable(nodes.get(key)));
    return routes.length === primaries.length ? routes : undefined;
  }

  /** Something may have changed. */
  function update(): void {
    if (state.isClosing) return;
    const found = ownersIn(client);
    primaries = found.primaries;
    slotsCovered = found.covered;
    const routes = connected();
    if (routes === undefined) {
      state.down(describeMissing());
      scheduleRefresh();
    } else if (!state.isUp) {
      void confirmUp(routes);
    } else if (routes.some(({ breaker }) => breaker.isOpen)) {
      scheduleRefresh();
    } else {
      attempt = 0;
    }
  }

  function describeMissing(): string {
    if (client.status !== 'ready') return 'no node of the cluster answers';
    const unreachable = primaries.filter((key) => usable(nodes.get(key)).length === 0);
    return unreachable.length === 0 ? 'nobody serves some of the slots' : `no connection to ${unreachable.join(', ')}`;
  }

  /** All are connected; they may still wait for each other. */
  async function confirmUp(routes: readonly Route[]): Promise<void> {
    if (confirming) return;
    confirming = true;
    const serve = await Promise.all(routes.map(({ node }) => serves(node)));
    confirming = false;
    if (state.isClosing || state.isUp) return;
    if (!serve.every(Boolean) || connected() === undefined) {
      if (!serve.every(Boolean)) state.fault('the cluster does not serve all of its slots');
      scheduleRefresh();
      return;
    }
    attempt = 0;
    state.up();
    keylessBreaker.recordSuccess();
    onUp(routes);
  }

  function scheduleRefresh(): void {
    if (timer !== undefined) return;
    attempt += 1;
    if (attempt === SILENT_ATTEMPTS) state.fault(describeMissing());
    timer = setTimeout(
      () => {
        timer = undefined;
        // Between its own attempts to find any node ioredis has nobody to ask.
        if (client.status === 'ready') client.refreshSlotsCache(update);
        else update();
      },
      reconnectDelayMs(attempt, random),
    );
  }

  const ownerOf = (key: string): string | undefined => client.slots[slotOf(key)]?.[0];

  return {
    client,
    sharded: true,
    owners: () => ownersIn(client).primaries,
    ownerOf,
    route(key) {
      if (client.status !== 'ready') return undefined;
      if (key !== undefined) return usable(nodes.get(ownerOf(key) ?? ''))[0];
      const [first] = primaries.flatMap((each) => usable(nodes.get(each)));
      return first && { node: first.node, breaker: keylessBreaker };
    },
    allRoutes: () => (state.isUp ? connected() : undefined),
    recordFailure(fault) {
      // All are connected and do not serve: they have lost one of them, or each other.
      const found = redisFault(fault);
      if (found?.name === 'CLUSTERDOWN') state.down(describeFault(found));
      update();
    },
    ready: state.ready,
    sockets: () => client.nodes().flatMap(({ stream }) => stream ?? []),
    ended: ended.promise,
    // A node that has become a replica answers MOVED, and is followed.
    reconnect: () => undefined,
    beginClose() {
      state.close();
      clearTimeout(timer);
    },
  };
}

const keyOf = ({ options }: Redis): string => `${options.host}:${options.port}`;

const usable = (route: Route | undefined): Route[] => (route !== undefined && takesCommands(route.node) ? [route] : []);

function connectPrimary(node: Redis): void {
  // What it fails with is a `node error`.
  if (node.status === 'wait' && node.options.readOnly !== true) node.connect().catch(() => undefined);
}

/** Who serves the slots, as far as it is known. */
function ownersIn({ slots }: Cluster): { primaries: string[]; covered: boolean } {
  const keys = new Set<string | undefined>();
  for (let slot = 0; slot < SLOTS; slot += 1) keys.add(slots[slot]?.[0]);
  const covered = !keys.delete(undefined);
  return { primaries: [...keys].filter((key) => key !== undefined), covered };
}

async function serves(node: Redis): Promise<boolean> {
  try {
    return (await withDeadline(node.cluster('INFO'), SERVES_WITHIN_MS)).includes('cluster_state:ok');
  } catch (error) {
    // A user who may not ask finds out by the first command.
    return redisFault(error)?.name.startsWith('NOPERM') === true;
  }
}
