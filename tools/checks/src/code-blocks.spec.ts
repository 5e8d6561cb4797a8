import { describe, expect, it } from '@jest/globals';
import { fencedBlocks, inlineCommands, recipes } from './code-blocks.ts';

describe('fencedBlocks', () => {
  it('says where each begins, its language and what runs it', () => {
    const text = 'Words.\n\n```sh run-by=x.spec.ts\nmake up\n```\n\n  ```\n  plain\n  ```\n';
    expect(fencedBlocks('a.md', text)).toEqual([
      { file: 'a.md', line: 4, language: 'sh', runBy: 'x.spec.ts', excerptOf: undefined, code: 'make up\n' },
      { file: 'a.md', line: 8, language: '', runBy: undefined, excerptOf: undefined, code: '  plain\n' },
    ]);
  });
});

describe('recipes', () => {
  it('are the commands that a comment sets in, and who runs them', () => {
    const text =
      '# So (run by a.spec.ts):\n#\n#   A=1 node x.js &\n#   curl http://x/\n#\n# Words.\n#\n#   make up\nvalue\n';
    expect(recipes('a.cfg', text)).toEqual([
      { file: 'a.cfg', line: 3, language: 'sh', runBy: 'a.spec.ts', code: 'A=1 node x.js &\ncurl http://x/\n' },
      { file: 'a.cfg', line: 8, language: 'sh', runBy: undefined, code: 'make up\n' },
    ]);
  });

  it('are no list and no aligned words', () => {
    expect(recipes('a.cfg', '#   web1 is the first\n#     and more words\n')).toEqual([]);
  });
});

describe('inlineCommands', () => {
  it('are what stands as code in the text, not in the blocks', () => {
    const text = 'Type `make up` or `x`.\n```sh\nmake down\n```\n`nx test api`\n';
    expect(inlineCommands('a.md', text)).toEqual([
      { file: 'a.md', line: 1, command: 'make up' },
      { file: 'a.md', line: 5, command: 'nx test api' },
    ]);
  });
});
