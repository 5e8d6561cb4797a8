import { relative, resolve } from 'node:path';
import { openWorkspace, type Workspace } from './workspace.ts';

/** A fenced block of a document, or a recipe in the comments of a file. */
export interface CodeBlock {
  file: string;
  /** 1-based, of the first line of its code. */
  line: number;
  /** `ts`, `sh`, …; empty when the block does not say. */
  language: string;
  /** The spec that runs it, by what the block says. */
  runBy?: string | undefined;
  /** The file that holds its code, by what the block says. */
  excerptOf?: string | undefined;
  code: string;
}

const root = resolve(import.meta.dirname, '../../..');

/** The blocks that say `run-by=` the spec that asks, of all documents of this repository. */
export function blocksRunBy(specFile: string): CodeBlock[] {
  const spec = relative(root, specFile);
  return allCodeBlocks(openWorkspace(root)).filter(({ runBy }) => runBy === spec);
}

export function allCodeBlocks({ files, read }: Pick<Workspace, 'files' | 'read'>): CodeBlock[] {
  return files.flatMap((file) => {
    if (file.endsWith('.md')) return fencedBlocks(file, read(file));
    return isCommented(file) ? recipes(file, read(file)) : [];
  });
}

const fence = /^( *)(`{3,}|~{3,})([^\n`]*)\n([\s\S]*?)^\1\2 *$/gm;

/** After the language a block may say `run-by=<spec>` or `excerpt-of=<file>`. */
export function fencedBlocks(file: string, text: string): CodeBlock[] {
  return [...text.matchAll(fence)].map(({ index, 3: info = '', 4: code = '' }) => {
    const [language = '', ...words] = info.trim().split(/\s+/);
    const said = new Map(words.map((word) => [word.split('=')[0], word.split('=')[1]]));
    return {
      file,
      line: text.slice(0, index).split('\n').length + 1,
      language,
      runBy: said.get('run-by'),
      excerptOf: said.get('excerpt-of'),
      code,
    };
  });
}

/** Files whose comments tell people what to type. */
const isCommented = (file: string) =>
  /^(deploy|\.ci)\/|^[^/]+$|^tools\/[^/]+\.mjs$|\.sh$/.test(file) && !/\.(md|lua|png|json)$/.test(file);

const comment = /^\s*(?:#|\/\/)(?<text>.*)$/;

/** Lines of a comment that are set in by two or more: a recipe. The line before it may say `(run by <spec>)`. */
export function recipes(file: string, text: string): CodeBlock[] {
  const found: CodeBlock[] = [];
  let open: CodeBlock | undefined;
  let runBy: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const said = comment.exec(line)?.groups?.['text'] ?? '';
    const [, command] = /^ {2,}((?:[A-Z_]+=\S+ )*[\w./-]+ .*)$/.exec(said) ?? [];
    runBy = /\(run by (\S+)\)/.exec(said)?.[1] ?? (said === '' || command !== undefined ? runBy : undefined);
    if (command === undefined || !isProgram(command)) {
      open = undefined;
      continue;
    }
    if (open === undefined) found.push((open = { file, line: index + 1, language: 'sh', runBy, code: '' }));
    open.code += `${command}\n`;
  }
  return found;
}

const programs = 'export|make|node|nx|npx|npm|docker|curl|haproxy|consul|redis-server|sh|cp|promtool';
/** In a comment of code much begins with the name of a program and is no command. */
const isOurs = (command: string) =>
  /^(?:[A-Z_]+=\S+ )*(make [a-z]|nx [a-z-]+ [^<]|node \w+\/|docker compose -f \S+\.)/.test(command) &&
  !/[<>]/.test(command);
const isProgram = (command: string) => new RegExp(`^(?:[A-Z_]+=\\S+ )*(${programs}) `).test(command);

/** Commands in the running text of a document, or in the comments of any other file, as `code`. */
export function inlineCommands(file: string, text: string): { file: string; line: number; command: string }[] {
  const plain = file.endsWith('.md') ? text.replace(fence, (block) => block.replace(/[^\n]/g, '')) : onlyComments(text);
  return [...plain.matchAll(/`([^`\n]+)`/g)]
    .map(({ index, 1: span = '' }) => ({ file, line: plain.slice(0, index).split('\n').length, command: span }))
    .filter(({ command }) => (file.endsWith('.md') ? isProgram(command) : isOurs(command)));
}

/** Each line that is a comment as a whole, the others empty. */
function onlyComments(text: string): string {
  return text
    .split('\n')
    .map((line) => (/^\s*(#|\/\/|\/?\*)/.test(line) ? line : ''))
    .join('\n');
}
