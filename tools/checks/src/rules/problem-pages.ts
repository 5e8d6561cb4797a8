import { posix } from 'node:path';
import { fencedBlocks } from '../code-blocks.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

const folder = 'docs/problems/';
const index = `${folder}README.md`;
const guarantees = 'docs/guarantees.md';

/** The sections of a page, in their order. */
const sections = ['Symptom', 'Cause', 'Fix', 'Proof', 'Not covered'];

/** Longer is no fix that somebody takes over in passing. */
const fixLinesMax = 25;

/**
 * Pages of problems have one form: who searches for a symptom finds it in the words of a log, lines that mend it, and what proves
 * that. They promise nothing of their own: what proves a page shows a promise of the guarantees.
 */
export const problemPages: Rule = {
  name: 'problem-pages',
  summary:
    'a page of docs/problems has its five sections, code that mends, and a scenario or spec of the guarantees as its proof',
  check(workspace) {
    const pages = workspace.files.filter((file) => file.startsWith(folder) && file !== index && file.endsWith('.md'));
    if (pages.length === 0) return [];
    const promised = promisedIn(workspace);
    const listed = workspace.exists(index) ? linksOf(index, workspace.read(index)) : [];
    return pages.flatMap((file): Finding[] => [
      ...faultsOf(file, workspace.read(file), promised).map(([line, message]) => ({ file, line, message })),
      ...(listed.includes(file) ? [] : [{ file, message: `is not in ${index}` }]),
    ]);
  },
};

interface Section {
  title: string;
  line: number;
  text: string;
}

type Fault = readonly [line: number, message: string];

function faultsOf(file: string, text: string, promised: ReadonlySet<string>): Fault[] {
  const own = sectionsOf(text);
  const titles = own.map(({ title }) => title);
  if (titles.join() !== sections.join())
    return [[1, `has the sections ${titles.join(', ') || '(none)'}, not ${sections.join(', ')}`]];
  const [symptom, , fix, proof] = own as [Section, Section, Section, Section, Section];
  return [
    ...own.flatMap(({ title, line, text: words }): Fault[] =>
      words.trim() === '' ? [[line, `${title} is empty`]] : [],
    ),
    ...(/`[^`\n]+`/.test(symptom.text)
      ? []
      : [[symptom.line, 'Symptom has no words of a log or an answer, as `code`'] as const]),
    ...fixFaults(fix),
    ...proofFaults(file, proof, promised),
  ];
}

function sectionsOf(text: string): Section[] {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, at) => (line.startsWith('## ') ? [at] : []));
  return starts.map((at, nth) => ({
    title: (lines[at] ?? '').slice(3),
    line: at + 1,
    text: lines.slice(at + 1, starts[nth + 1]).join('\n'),
  }));
}

function fixFaults({ line, text }: Section): Fault[] {
  const blocks = fencedBlocks('', text).filter(
    ({ language, excerptOf }) => language === 'ts' && excerptOf === undefined,
  );
  if (blocks.length === 0) return [[line, 'Fix has no block of TypeScript, which a spec compiles']];
  return blocks
    .filter(({ code }) => code.trimEnd().split('\n').length > fixLinesMax)
    .map((block) => [line + block.line - 1, `a block of Fix has more than ${fixLinesMax} lines`]);
}

/** A command that runs it, and the scenarios and specs by the names that the guarantees have for them. */
function proofFaults(file: string, { line, text }: Section, promised: ReadonlySet<string>): Fault[] {
  const commands = fencedBlocks('', text).filter(({ language }) => language === 'sh');
  if (commands.length === 0) return [[line, 'Proof has no command']];
  const code = commands.map((block) => block.code).join('\n');
  const scenarios = [...code.matchAll(/^make prove .*\bONLY=(\S+)/gm)].flatMap(([, names = '']) => names.split(','));
  const specs = linksOf(file, text).filter((link) => link.endsWith('.spec.ts'));
  if (scenarios.length + specs.length === 0) return [[line, 'Proof names neither a scenario nor a spec']];
  return [...scenarios, ...specs]
    .filter((name) => !promised.has(name))
    .map((name) => [line, `${name} shows no promise of ${guarantees}`]);
}

/** Scenarios, and paths of specs, that show a promise: the last column of the tables. */
function promisedIn({ exists, read }: Workspace): ReadonlySet<string> {
  const rows = exists(guarantees)
    ? read(guarantees)
        .split('\n')
        .filter((line) => line.startsWith('|'))
    : [];
  const shown = rows.map((row) => row.split('|').at(-2) ?? '').join('\n');
  return new Set([...[...shown.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name), ...linksOf(guarantees, shown)]);
}

/** What the links of a document lead to, relative to the workspace and without the heading. */
function linksOf(file: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => posix.join(posix.dirname(file), link));
}
