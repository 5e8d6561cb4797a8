import { serversInUse } from '../src/serve/servers-in-use.ts';

// Holds a reference until it is killed: node reference-holder.ts <folder> <linger, ms>. Prints where the servers are.
const [dir = '', lingerMs = '0'] = process.argv.slice(2);
const servers = await serversInUse({ dir, lingerMs: Number(lingerMs), isTemporary: false }, process.env);
console.log(JSON.stringify(servers.env));
setInterval(() => undefined, 60_000);
