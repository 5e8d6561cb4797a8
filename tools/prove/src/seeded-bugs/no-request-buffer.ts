import type { SeededBug } from './seeded-bug.ts';

export const noRequestBuffer: SeededBug = {
  name: 'no-request-buffer',
  description: 'a connection to a replica is taken with the head of a request, and held while its body comes',
  app: 'frontend-gateway',
  patches: [
    {
      file: 'apps/frontend-gateway/src/proxy/exchange.ts',
      find: 'this.hasBody ? this.receive : this.first',
      replace: 'this.first',
    },
    {
      file: 'apps/frontend-gateway/src/proxy/exchange.ts',
      find: 'if (!this.buffer) return null;',
      replace:
        'if (!this.buffer)\n      return this.hasBody ? new RequestBody(this.request.raw, { take: () => Buffer.alloc(0) }, this.boundary) : null;',
    },
  ],
  detectedBy: { scenario: 'slow-clients', fault: /slow clients is served/ },
};
