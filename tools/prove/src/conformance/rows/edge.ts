import { type Row, NotRun } from '../row.ts';

export const edge: Row = {
  name: 'edge',
  shows: 'from the outer network only the door can be reached',
  run: async (check, subject) => {
    const driver = subject.driver();
    if (!driver.edge) throw new NotRun('not applicable', 'processes on one machine have no networks of their own');
    const door = await driver.edge.door();
    check.equal('containers on the outer network', await driver.edge.members(), [door.name]);
    const inner = await driver.edge.inner();
    const outcomes = await driver.edge.reach([...door.ports.map((port) => ({ host: door.host, port })), ...inner]);
    // First that the probe can see anything at all: else every wall looks whole.
    for (const { host, port, outcome } of outcomes.slice(0, door.ports.length))
      check.equal(`the door, ${host}:${port}`, outcome, 'connected');
    for (const { host, port, outcome } of outcomes.slice(door.ports.length))
      check.holds(`${host}:${port} is not to be reached`, outcome !== 'connected', outcome);
    check.note(`${inner.length} inner addresses tried`);
  },
};
