import swcJest from '@swc/jest';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { sourceChanges } from './prove/src/seeded-bugs/seeded-bug.ts';

const root = resolve(import.meta.dirname, '..');

/** A transform for Jest that compiles the sources with the patches of a seeded bug inside; the files stay as they are. */
export default {
  createTransformer({ swc, patches }) {
    const changes = sourceChanges(patches, (file) => readFileSync(join(root, file), 'utf8'));
    const compiler = swcJest.createTransformer(swc);
    const changed = (code, file) => changes.get(relative(root, file))?.(code) ?? code;
    return {
      canInstrument: false,
      process: (code, file, options) => compiler.process(changed(code, file), file, options),
      processAsync: async (code, file, options) => compiler.processAsync(changed(code, file), file, options),
    };
  },
};
