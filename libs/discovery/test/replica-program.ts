import { openDiscovery, type ServiceDefinition } from '../src/index.ts';
import { startReplica } from './replica.ts';

// One replica as a process: listens on a free port, announces itself, prints its id, and serves until it is killed.

const { definition, addresses } = JSON.parse(process.argv[2] ?? '') as {
  definition: Pick<ServiceDefinition, 'service' | 'slot' | 'epoch'>;
  addresses: readonly string[];
};
const replica = await startReplica();
const registration = openDiscovery({ kind: 'consul', addresses }).registration(
  replica.definition(definition.service, definition),
);
registration.announce();
console.log(registration.id);
