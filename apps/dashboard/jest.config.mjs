import { project } from '../../jest.preset.mjs';

const base = /** @type {{ moduleFileExtensions: string[], transform: Record<string, unknown> }} */ (
  project('dashboard')
);

export default {
  ...base,
  testEnvironment: 'jsdom',
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
  setupFiles: [],
  extensionsToTreatAsEsm: ['.ts', '.vue'],
  moduleFileExtensions: [...base.moduleFileExtensions, 'vue'],
  transform: { ...base.transform, '\\.vue$': '<rootDir>/../../tools/jest.vue.mjs' },
};
