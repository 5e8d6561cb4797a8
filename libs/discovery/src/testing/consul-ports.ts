import { freePorts } from './free-ports.ts';

/** The ports of one agent on loopback. All four must be the same after a restart for its peers and data to stay valid. */
export interface ConsulPorts {
  http: number;
  dns: number;
  server: number;
  serfLan: number;
}

/** Four ports that are free now: see `freePorts`. */
export async function freeConsulPorts(): Promise<ConsulPorts> {
  const [http, dns, server, serfLan] = await freePorts(4);
  return { http, dns, server, serfLan } as ConsulPorts;
}
