import { beyondBudget, measureLibs, sizesFile } from '../generated/package-sizes.ts';
import type { Rule } from '../rule.ts';

export const packageSizes: Rule = {
  name: 'package-sizes',
  summary: 'no packed lib is more than 10 % away from its row in docs/package-sizes.md',
  check: async (workspace) => {
    try {
      const packed = await measureLibs(workspace);
      const table = workspace.exists(sizesFile) ? workspace.read(sizesFile) : '';
      return beyondBudget(table, packed).map((message) => ({
        file: sizesFile,
        message: `${message}; where that is meant: node tools/checks/src/generate.ts`,
      }));
    } catch (error) {
      return [{ file: sizesFile, message: error instanceof Error ? error.message : String(error) }];
    }
  },
};
