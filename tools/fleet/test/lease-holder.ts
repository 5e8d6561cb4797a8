import { leaseServers } from '../src/keeper/dev-servers.ts';

// Holds a lease until it is killed: node lease-holder.ts <folder> <linger, ms>. Prints where the servers are.
const [dir = '', lingerMs = '0'] = process.argv.slice(2);
const servers = await leaseServers({ dir, linger_ms: Number(lingerMs), temporary: false }, process.env);
console.log(JSON.stringify(servers.env));
setInterval(() => undefined, 60_000);
