import type { FleetState } from '@nestfleet/contracts';

/** What a person opens next. */
export function addressLines(state: FleetState): string[] {
  // Browsers keep cookies and the names under localhost together; 127.0.0.1 is another site to them.
  const door = state.public_url?.replace('//127.0.0.1:', '//localhost:');
  const urlOf = (name: string): string | undefined => state.servers.find((server) => server.name === name)?.url;
  const rows: [string, string | undefined][] = [
    ['dashboard', door && `${door}/`],
    ['Swagger UI', door && `${door}/api/docs (api), ${door}/docs (gateway)`],
    ['Consul UI', urlOf('consul') && `${urlOf('consul')}/ui`],
    ['Redis', urlOf('redis')],
  ];
  return rows.map(([name, address]) => `  ${name.padEnd(11)} ${address ?? '-'}`);
}
