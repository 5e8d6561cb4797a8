import type { FleetState } from '@nestfleet/contracts';
import { swaggerAddresses } from '../core/services.ts';
import type { StackPaths } from '../core/stack-paths.ts';
import { statsPasswordFile } from '../supervisor/haproxy.ts';

/** addressLines are what a person opens next, each page that asks for a password with the file that holds it. */
export function addressLines(state: FleetState, paths: Pick<StackPaths, 'edgeProxy'>): string[] {
  // Browsers keep cookies and the names under localhost together; 127.0.0.1 is another site to them.
  const publicUrl = state.public_url?.replace('//127.0.0.1:', '//localhost:');
  const urlOf = (name: string): string | undefined => state.servers.find((server) => server.name === name)?.url;
  const isHaproxy = state.servers.some(({ name }) => name === 'edge-proxy');
  const login = `user admin, password in ${statsPasswordFile(paths.edgeProxy)}`;
  const rows: (readonly [string, string | undefined])[] = [
    ['dashboard', publicUrl && `${publicUrl}/`],
    ['Swagger UI', publicUrl && swaggerAddresses(publicUrl)],
    ...(isHaproxy ? ([['HAProxy', publicUrl && `${publicUrl}/admin?stats (${login})`]] as const) : []),
    ['Consul UI', urlOf('consul') && `${urlOf('consul')}/ui`],
    ['Redis', urlOf('redis')],
  ];
  return rows.map(([name, address]) => `  ${name.padEnd(11)} ${address ?? '-'}`);
}
