import type { Row } from '../row.ts';

const BURST = 100;

export const noLimit: Row = {
  name: 'no-limit',
  shows: 'unless somebody switches it on nobody is limited, and no answer speaks of limits',
  run: async (check, subject) => {
    // Of an address alone nobody knows how it was set up.
    subject.driver();
    const answers = await Promise.all(
      Array.from({ length: BURST }, () => subject.edge.ask('/api/whoami', { timeoutMs: 20_000 })),
    );
    const statuses = Map.groupBy(answers, ({ status }) => status);
    check.equal(`statuses of ${BURST} requests at a time`, [...statuses.keys()], [200]);
    const spoken = answers.flatMap(({ headers }) =>
      Object.keys(headers).filter((name) => /^(x-)?rate-?limit/.test(name)),
    );
    check.equal('headers that speak of limits', [...new Set(spoken)], []);
  },
};
