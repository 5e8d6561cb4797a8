import { describe, expect, it } from '@jest/globals';
import type { Project, Workspace } from '../workspace.ts';
import { targetCommands } from './target-command.ts';

const nx = {
  targetDefaults: {
    test: { options: { command: 'jest', cwd: '{projectRoot}', env: { TIER: 'unit' } } },
    integration: { options: { command: 'with-servers jest -c {projectRoot}/jest.config.mjs', cwd: '{workspaceRoot}' } },
  },
};

const workspace: Workspace = {
  root: '.',
  files: [],
  projects: [],
  modules: 'node_modules',
  dist: 'dist',
  exists: () => true,
  read: () => JSON.stringify(nx),
};

const project = (name: string, targets: NonNullable<Project['manifest']['nx']>['targets']): Project => ({
  root: `libs/${name}`,
  kind: 'lib',
  name,
  manifest: { nx: { targets: targets ?? {} } },
});

describe('targetCommands', () => {
  it('fills the defaults of nx.json for each project that has the target', () => {
    const projects = [project('state', { test: {}, integration: {} }), project('contracts', { test: {} })];
    expect(targetCommands(workspace, projects, 'integration')).toEqual([
      { project: 'state', command: 'with-servers jest -c libs/state/jest.config.mjs', cwd: '.', env: {} },
    ]);
    expect(targetCommands(workspace, projects, 'test').map(({ cwd, env }) => [cwd, env])).toEqual([
      ['libs/state', { TIER: 'unit' }],
      ['libs/contracts', { TIER: 'unit' }],
    ]);
  });

  it("puts the project's own options above them", () => {
    const own = project('prove', { test: { options: { command: 'jest --own {projectRoot}' } } });
    expect(targetCommands(workspace, [own], 'test')[0]).toMatchObject({
      command: 'jest --own libs/prove',
      cwd: 'libs/prove',
    });
  });

  it('fails on a target without a command, in place of testing nothing', () => {
    expect(() => targetCommands(workspace, [project('prove', { e2e: {} })], 'e2e')).toThrow(
      'libs/prove has the target e2e',
    );
  });
});
