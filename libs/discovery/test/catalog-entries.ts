/** One entry as Consul lists it, an id that two nodes list twice. */
export interface ListedEntry {
  id: string;
  node: string;
  passing: boolean;
}

/** What the catalog holds, asked past this library. Not consistent, so that it also answers without a leader. */
export async function catalogEntries(address: string, service: string): Promise<ListedEntry[]> {
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(`${address}/v1/health/service/${service}?stale`, { signal });
  const listed = (await response.json()) as {
    Node: { Node: string };
    Service: { ID: string };
    Checks: { Status: string }[];
  }[];
  return listed
    .map(({ Node, Service, Checks }) => ({
      id: Service.ID,
      node: Node.Node,
      passing: Checks.every(({ Status }) => Status === 'passing'),
    }))
    .toSorted((a, b) => a.id.localeCompare(b.id));
}

/** The ids of the passing entries, sorted, if no other entry is there. */
export async function onlyPassing(address: string, service: string): Promise<string> {
  const entries = await catalogEntries(address, service);
  return entries.map(({ id, node, passing }) => (passing ? id : `${id} not passing on ${node}`)).join();
}
