import ts from 'typescript';
import { lineOf, nodesOf, parseSource } from '../source.ts';
import type { Finding, Rule } from '../rule.ts';

export const bannedCode: Rule = {
  name: 'banned-code',
  summary:
    'no switched-off rule, any, star or default export, stray process.env, unfinished note, silent skip, or server by PATH',
  check: ({ files, read }) =>
    files
      .filter((file) => /\.(ts|mts|js|mjs|cjs|vue|lua|sh|ya?ml)$|(^|\/)(Makefile|Dockerfile)$/.test(file))
      .flatMap((file) => {
        const text = read(file);
        const isScript = /\.(ts|mts|js|mjs|cjs|vue)$/.test(file);
        return [...bannedText(file, text), ...(isScript ? bannedSyntax(file, text) : [])];
      }),
};

/** The brackets keep these patterns from finding themselves. */
const textRules: readonly [RegExp, string][] = [
  [/(es|ox)lint[-]disable/, 'a lint rule is switched off: change the code, or the rule for all'],
  [/@ts-(ignor[e]|nochec[k])/, 'the type check is switched off: change the types'],
  [/\b(TO[D]O|FIXM[E])\b/, 'an unfinished note: do it, or write it into an issue'],
];

function bannedText(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const rule = textRules.find(([pattern]) => pattern.test(line));
    return rule === undefined ? [] : [{ file, line: index + 1, message: rule[1] }];
  });
}

type Check = (node: ts.Node, file: string, text: string) => string | undefined;

const checks: readonly Check[] = [
  (node) => {
    const isStar = ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause));
    return isStar ? 'a star export hides what is public: name each export' : undefined;
  },
  (node, file) => (isDefaultExport(node) && !mayExportDefault(file) ? 'a default export: name it' : undefined),
  (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? 'any: say the type, or unknown and check it' : undefined),
  (node, file) =>
    isProcessEnv(node) && !mayReadEnvironment(file)
      ? 'process.env is read in config and boot only: take the value as a parameter'
      : undefined,
  (node, _file, text) => focusOrSkip(node, text),
  (node, file) =>
    file.startsWith('tools/') && startsByPath(node)
      ? 'a server by PATH: name its `binary`, as tools/fleet/src/programs.ts finds it'
      : undefined,
];

function bannedSyntax(file: string, text: string): Finding[] {
  const source = parseSource(file, text);
  return [...nodesOf(source)].flatMap((node) =>
    checks.flatMap((check) => {
      const message = check(node, file, text);
      return message === undefined ? [] : [{ file, line: lineOf(source, node), message }];
    }),
  );
}

/** A call of a lib's testing entry point that leaves it to PATH which program runs: a bare machine has only fetched ones. */
function startsByPath(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return false;
  if (!/^start(Redis|Consul)(Server|Servers|Sentinels|Cluster|Agent)$/.test(node.expression.text)) return false;
  const [options] = node.arguments;
  const given = options !== undefined && ts.isObjectLiteralExpression(options) ? options.properties : [];
  return !given.some(({ name }) => name !== undefined && ts.isIdentifier(name) && name.text === 'binary');
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
}

/** Configs and Jest's transformers are found by their default export, and a shim describes what a tool makes. */
function mayExportDefault(file: string): boolean {
  return /\.config\.(ts|mjs|js)$|(^|\/)jest\.[^/]+\.mjs$|\.d\.ts$/.test(file);
}

function isProcessEnv(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node))
    return node.name.text === 'env' && ts.isIdentifier(node.expression) && node.expression.text === 'process';
  if (!ts.isImportSpecifier(node) || (node.propertyName ?? node.name).text !== 'env') return false;
  const from = node.parent.parent.parent.moduleSpecifier;
  return ts.isStringLiteral(from) && /^(node:)?process$/.test(from.text);
}

function mayReadEnvironment(file: string): boolean {
  if (!/^(apps|libs)\//.test(file)) return true;
  return /\/(config|boot|test|testing)\/|\/[^/]*(config|boot)\.(ts|mjs)$|\/testing\.ts$|\.(config|spec)\.[^/]+$/.test(
    file,
  );
}

const suites = /^(it|test|describe)$/;

/** A skip is for a server that is not there, and says so in capitals: a silent one looks like a passed test. */
function focusOrSkip(node: ts.Node, text: string): string | undefined {
  if (
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    /^[fx](it|test|describe)$/.test(node.expression.text)
  )
    return `${node.expression.text}: remove it, or write ${node.expression.text.slice(1)}`;
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const base = ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : node.expression;
  if (!ts.isIdentifier(base) || !suites.test(base.text)) return undefined;
  if (node.name.text === 'only') return 'a focused test hides all others';
  if (node.name.text === 'todo') return 'an empty test: write it';
  const hasReason = /console\.warn\([^;]*\b[A-Z]{4,}\b/.test(text);
  return node.name.text === 'skip' && !hasReason
    ? 'a skip without a console.warn that says in CAPITALS what is missing'
    : undefined;
}
