// Jest transformer for single-file components: script setup with an inlined template, then SWC for the types.
// @vue/vue3-jest stops at Jest 29.
import { createHash } from 'node:crypto';
import { transformSync } from '@swc/core';
import { compileScript, parse } from '@vue/compiler-sfc';

const compile = (source, filename) => {
  const { descriptor, errors } = parse(source, { filename });
  if (errors.length > 0) throw errors[0];
  const id = createHash('sha1').update(filename).digest('hex').slice(0, 8);
  const script = compileScript(descriptor, { id, inlineTemplate: true });
  return transformSync(script.content, {
    filename,
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
  });
};

export default {
  process: compile,
  processAsync: async (source, filename) => compile(source, filename),
  getCacheKey: (source, filename) =>
    createHash('sha1')
      .update(source + filename)
      .digest('hex'),
};
