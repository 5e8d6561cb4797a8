import type { SeededBug } from './seeded-bug.ts';

/** What goes wrong where what is kept moves, is lost or is another server's. */
export const storeFaultBugs: readonly SeededBug[] = [
  {
    name: 'switch-seen-late',
    description:
      'a replica that writes layout 1 looks now and then whether layout 2 holds, not in the step of each write',
    app: 'api',
    patches: [
      {
        file: 'libs/state/src/layout/redis-spread-records.ts',
        find: '          [...keys.map(({ single }) => single), switchKey],\n',
        replace:
          '          [...keys.map(({ single }) => single), wanted || Date.now() % 4_000 < 200 ? switchKey : `${switchKey}:unseen`],\n',
      },
    ],
    detectedBy: { scenario: 'layout', fault: /keys in .* count once each.*(was answered|was given to two|lost)/ },
  },
  {
    name: 'answered-before-written',
    description: 'an enqueue is answered at once and written 3 s later',
    app: 'api',
    patches: [
      {
        file: 'apps/api/src/jobs/jobs.service.ts',
        find: 'export interface EnqueueOptions {',
        // Not by a timer of the request: that has its time for Redis, which is over by then.
        replace: `const behind = [];
setInterval(() => {
  while (behind[0]?.dueMs <= Date.now()) void behind.shift().write().catch(() => undefined);
}, 50).unref();

export interface EnqueueOptions {`,
      },
      {
        file: 'apps/api/src/jobs/jobs.service.ts',
        find: "    if (request.name === 'demo') return this.jobs.enqueue(queues.demo, request.payload, options);\n",
        replace: `    if (request.name === 'demo') {
      const id = crypto.randomUUID();
      const write = () => this.jobs.enqueue(queues.demo, request.payload, { ...options, id });
      behind.push({ dueMs: Date.now() + 3_000, write });
      return { id: \`demo.\${id}\`, outcome: 'created' };
    }\n`,
      },
    ],
    detectedBy: { scenario: 'redis-power-loss', fault: /jobs: none is lost.*accepted \d+ ms before it, is gone/ },
  },
  {
    name: 'primary-asked-once',
    description: 'Sentinels are asked for the primary once, and every later connection goes there',
    app: 'api',
    patches: [
      {
        file: 'libs/redis/src/sentinel-failover.ts',
        find: '    override async connect(',
        replace: `    private static first: unknown;

    protected async resolve(sentinel: unknown) {
      return (FollowingConnector.first ??= await super.resolve(sentinel));
    }

    override async connect(`,
      },
    ],
    detectedBy: { scenario: 'redis-partition', fault: /every request succeeds again within/ },
  },
];
