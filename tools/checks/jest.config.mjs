import { project } from '../../jest.preset.mjs';

// The fixtures break rules on purpose: they are neither tests nor packages of this project.
export default project('checks', { modulePathIgnorePatterns: ['<rootDir>/test/fixtures/'] });
