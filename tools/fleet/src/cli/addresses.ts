import type { FleetState } from '@nestfleet/contracts';
import type { StackPlace } from '../stack-place.ts';
import { statsPasswordFile } from '../supervisor/haproxy.ts';

/** addressLines are what a person opens next, each page that asks for a password with the file that holds it. */
export function addressLines(state: FleetState, place: Pick<StackPlace, 'door'>): string[] {
  // Browsers keep cookies and the names under localhost together; 127.0.0.1 is another site to them.
  const door = state.public_url?.replace('//127.0.0.1:', '//localhost:');
  const urlOf = (name: string): string | undefined => state.servers.find((server) => server.name === name)?.url;
  const isHaproxy = state.servers.some(({ name }) => name === 'door');
  const login = `user admin, password in ${statsPasswordFile(place.door)}`;
  const rows: (readonly [string, string | undefined])[] = [
    ['dashboard', door && `${door}/`],
    ['Swagger UI', door && `${door}/api/docs (api), ${door}/docs (gateway)`],
    ...(isHaproxy ? ([['HAProxy', door && `${door}/admin?stats (${login})`]] as const) : []),
    ['Consul UI', urlOf('consul') && `${urlOf('consul')}/ui`],
    ['Redis', urlOf('redis')],
  ];
  return rows.map(([name, address]) => `  ${name.padEnd(11)} ${address ?? '-'}`);
}
