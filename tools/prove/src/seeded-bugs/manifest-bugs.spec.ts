import { describe, expect, it } from '@jest/globals';
import { scenarios } from '../scenarios/all.ts';
import { manifestBugs, seedManifests } from './manifest-bugs.ts';

const role = {
  kind: 'Role',
  metadata: { name: 'frontend-gateway' },
  rules: [{ verbs: ['get', 'list', 'watch'] }],
};
const noWatch = manifestBugs.find(({ name }) => name === 'no-watch')!;

describe('a seeded mistake of the manifests', () => {
  it('changes one place of one object', () => {
    const other = { ...role, metadata: { name: 'api' } };
    expect(seedManifests(noWatch)([role, other])).toEqual([{ ...role, rules: [{ verbs: ['get', 'list'] }] }, other]);
  });

  it('is refused where it fits no more', () => {
    const bare = { ...role, rules: [] };
    expect(() => seedManifests(noWatch)([bare])).toThrow('fits 0 times into Role frontend-gateway');
  });

  it.each(manifestBugs)('$name is looked for by a scenario on Kubernetes', ({ detectedBy }) =>
    expect(scenarios.find(({ name }) => name === detectedBy)?.engines).toContain('kubernetes'),
  );
});
