import { type Row, NotRun } from '../row.ts';

export const edge: Row = {
  name: 'edge',
  shows: 'from the outer network only the edge proxy can be reached',
  run: async (check, subject) => {
    const driver = subject.driver();
    if (!driver.edgeNetwork)
      throw new NotRun('not applicable', 'processes on one machine have no networks of their own');
    const proxy = await driver.edgeNetwork.proxy();
    check.equal('containers on the outer network', await driver.edgeNetwork.members(), [proxy.name]);
    const inner = await driver.edgeNetwork.inner();
    const outcomes = await driver.edgeNetwork.reach([
      ...proxy.ports.map((port) => ({ host: proxy.host, port })),
      ...inner,
    ]);
    // First that the probe can see anything at all: else every defence looks whole.
    for (const { host, port, outcome } of outcomes.slice(0, proxy.ports.length))
      check.equal(`the edge proxy, ${host}:${port}`, outcome, 'connected');
    for (const { host, port, outcome } of outcomes.slice(proxy.ports.length))
      check.holds(`${host}:${port} is not to be reached`, outcome !== 'connected', outcome);
    check.note(`${inner.length} inner addresses tried`);
  },
};
