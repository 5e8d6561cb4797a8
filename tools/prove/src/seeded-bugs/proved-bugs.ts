import { jobBugs } from './job-bugs.ts';
import { noRequestBuffer } from './no-request-buffer.ts';
import { redisOutageBugs } from './redis-outage-bugs.ts';
import { storeBugs } from './store-bugs.ts';
import { storeFaultBugs } from './store-fault-bugs.ts';

/** All bugs that a scenario of `make prove` is to find, each alone. */
export const provedBugs = [...storeBugs, ...storeFaultBugs, ...redisOutageBugs, noRequestBuffer, ...jobBugs];
