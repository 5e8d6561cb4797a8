import ts from 'typescript';
import { lineOf, nodesOf, parseSource } from '../source.ts';
import type { Finding, Rule } from '../rule.ts';

/** What no rule of oxlint finds (.oxlintrc.json has the others), and unfinished notes in files that it does not read. */
export const bannedCode: Rule = {
  name: 'banned-code',
  summary: 'no switched-off rule, unfinished note, silent skip, empty test, or server by PATH',
  check: ({ files, read }) =>
    files
      .filter((file) => isScript(file) || /\.(lua|sh|ya?ml)$|(^|\/)(Makefile|Dockerfile)$/.test(file))
      .flatMap((file) => {
        const text = read(file);
        return isScript(file)
          ? [...bannedText(file, text, switchedOff), ...bannedSyntax(file, text)]
          : bannedText(file, text, unfinished);
      }),
};

const isScript = (file: string): boolean => /\.(ts|mts|js|mjs|cjs|vue)$/.test(file);

interface TextRule {
  pattern: RegExp;
  message: string;
}

/** The brackets keep this pattern from finding itself. */
const switchedOff: TextRule = {
  pattern: /(es|ox)lint[-]disable/,
  message: 'a lint rule is switched off: change the code, or the rule for all',
};
const unfinished: TextRule = {
  pattern: /\b(TODO|FIXME)\b/,
  message: 'an unfinished note: do it, or write it into an issue',
};

function bannedText(file: string, text: string, { pattern, message }: TextRule): Finding[] {
  return text.split('\n').flatMap((line, index) => (pattern.test(line) ? [{ file, line: index + 1, message }] : []));
}

function bannedSyntax(file: string, text: string): Finding[] {
  const source = parseSource(file, text);
  return [...nodesOf(source)].flatMap((node) => {
    const message = skipOrTodo(node, text) ?? (file.startsWith('tools/') ? serverByPath(node) : undefined);
    return message === undefined ? [] : [{ file, line: lineOf(source, node), message }];
  });
}

/** A call of a lib's testing entry point that leaves it to PATH which program runs: a bare machine has only fetched ones. */
function serverByPath(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  if (!/^start(Redis|Consul)(Server|Servers|Sentinels|Cluster|Agent)$/.test(node.expression.text)) return undefined;
  const [options] = node.arguments;
  const given = options !== undefined && ts.isObjectLiteralExpression(options) ? options.properties : [];
  const isNamed = given.some(({ name }) => name !== undefined && ts.isIdentifier(name) && name.text === 'binary');
  return isNamed ? undefined : 'a server by PATH: name its `binary`, as tools/fleet/src/programs.ts finds it';
}

/** A skip is for a server that is not there, and says so in capitals: a silent one looks like a passed test. */
function skipOrTodo(node: ts.Node, text: string): string | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const base = ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : node.expression;
  if (!ts.isIdentifier(base) || !/^(it|test|describe)$/.test(base.text)) return undefined;
  if (node.name.text === 'todo') return 'an empty test: write it';
  const hasReason = /console\.warn\([^;]*\b[A-Z]{4,}\b/.test(text);
  return node.name.text === 'skip' && !hasReason
    ? 'a skip without a console.warn that says in CAPITALS what is missing'
    : undefined;
}
