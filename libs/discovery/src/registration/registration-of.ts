import type { Registration } from './registration.ts';
import type { ServiceDefinition } from './service-definition.ts';

/** Registrant is a service definition without its ports, which are known when they are bound. */
export type Registrant = Omit<ServiceDefinition, 'port' | 'ports'>;

export interface BoundPorts {
  readonly http: number | null;
  readonly rpc: number | null;
  readonly control: number | null;
  readonly metrics: number | null;
}

export interface DeferredRegistration {
  /** Called once, when the ports are bound and the service is ready. Waits for nothing. */
  announce(ports: BoundPorts): void;
  /** Nothing to do before `announce`. */
  maintenance(on: boolean): Promise<void>;
  withdraw(): Promise<void>;
}

export interface Registrations {
  registration(definition: ServiceDefinition): Registration;
}

/** registrationOf defers a registration until the ports are known: free ports are only known after listen. */
export function registrationOf(discovery: Registrations, who: Registrant): DeferredRegistration {
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
