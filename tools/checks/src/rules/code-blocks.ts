import { allCodeBlocks, type CodeBlock, inlineCommands } from '../code-blocks.ts';
import { checkCommand } from '../commands/check-command.ts';
import { shellCommands } from '../commands/shell-lines.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

/**
 * A block is an excerpt of a file, or run by the spec that it names, or TypeScript that a spec of this tool compiles, or
 * commands whose parts exist. What is none of these is nobody's promise.
 */
export const codeBlocks: Rule = {
  name: 'code-blocks',
  summary: 'every code block and command in documents and comments is compiled, run, an excerpt, or has all its parts',
  check: (workspace) => {
    const blocks = allCodeBlocks(workspace);
    const run = new Set(blocks.filter(({ runBy }) => runBy !== undefined).flatMap(({ code }) => linesOf(code)));
    return [...blocks.flatMap((block) => checkBlock(block, run, workspace)), ...inlineFindings(workspace)];
  },
};

function checkBlock(block: CodeBlock, run: ReadonlySet<string>, workspace: Workspace): Finding[] {
  const { file, line, language, runBy, excerptOf, code } = block;
  const find = (message: string): Finding[] => [{ file, line, message }];
  if (excerptOf !== undefined)
    return isExcerpt(code, excerptOf, workspace) ? [] : find(`is no excerpt of ${excerptOf}`);
  if (runBy !== undefined)
    return runsBlocks(runBy, file, workspace) ? [] : find(`${runBy} does not run blocks of documents`);
  if (language === 'ts') return [];
  if (language !== 'sh') {
    return find(`a block of the kind "${language}": nobody runs it; say run-by=<spec> or excerpt-of=<file>`);
  }
  return shellCommands(code).flatMap((command) => {
    if (run.has(command.words.join(' '))) return [];
    const message = checkCommand(command, workspace);
    return message === undefined ? [] : [{ file, line: line + command.line, message }];
  });
}

const linesOf = (code: string): string[] => shellCommands(code).map(({ words }) => words.join(' '));

const squeezed = (text: string) => text.replace(/\s+/g, ' ').trim();

function isExcerpt(code: string, of: string, { exists, read }: Workspace): boolean {
  return exists(of) && squeezed(read(of)).includes(squeezed(code));
}

/** A spec that runs blocks asks for those that name it; one of a lib, which imports no tool, reads the README of its lib. */
function runsBlocks(spec: string, document: string, { exists, read }: Workspace): boolean {
  if (!exists(spec)) return false;
  const text = read(spec);
  if (text.includes('blocksRunBy(import.meta.filename)')) return true;
  const folder = document.slice(0, -'README.md'.length);
  return folder !== '' && spec.startsWith(folder) && text.includes('README.md');
}

function inlineFindings(workspace: Workspace): Finding[] {
  return workspace.files
    .filter((file) =>
      /\.(md|ts|mts|mjs|cjs|vue|sh|cfg|ya?ml)$|(^|\/)(Makefile|Dockerfile|\.env\.example|run)$/.test(file),
    )
    .flatMap((file) => inlineCommands(file, workspace.read(file)))
    .flatMap(({ file, line, command }) =>
      shellCommands(command.replace(/\[|\]|…/g, ' ')).flatMap((each) => {
        const message = checkCommand(each, workspace);
        return message === undefined ? [] : [{ file, line, message: `${message}: \`${command}\`` }];
      }),
    );
}
