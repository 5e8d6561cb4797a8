import type { Registration } from './registration.ts';
import type { ServiceDefinition } from './service-definition.ts';

/** Who registers; the ports follow when they are bound. */
export type Registrant = Omit<ServiceDefinition, 'port' | 'ports'>;

export interface BoundPorts {
  readonly http: number | null;
  readonly rpc: number | null;
  readonly control: number | null;
  readonly metrics: number | null;
}

export interface LateRegistration {
  /** Called once, when the ports are bound and the service is ready. Waits for nothing. */
  announce(ports: BoundPorts): void;
  /** Nothing to do before `announce`. */
  maintenance(on: boolean): Promise<void>;
  withdraw(): Promise<void>;
}

export interface Registrations {
  registration(definition: ServiceDefinition): Registration;
}

/** A registration for a service that learns its ports at boot: free ports are only known after listen. */
export function registrationOf(discovery: Registrations, who: Registrant): LateRegistration {
  let registration: Registration | undefined;
  return {
    announce({ http, rpc, control, metrics }) {
      registration = discovery.registration({ ...who, port: http, ports: { rpc, control, metrics } });
      registration.announce();
    },
    maintenance: async (on) => registration?.maintenance(on),
    withdraw: async () => registration?.withdraw(),
  };
}
