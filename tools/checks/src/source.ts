import ts from 'typescript';

/** A file of the repo as a syntax tree. In a single-file component only the script parts are kept, on their lines. */
export function parseSource(file: string, text: string): ts.SourceFile {
  const script = file.endsWith('.vue') ? onlyScripts(text) : text;
  return ts.createSourceFile(file, script, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

const blank = (part: string) => part.replace(/[^\n]/g, ' ');

function onlyScripts(text: string): string {
  let kept = '';
  let from = 0;
  for (const match of text.matchAll(/(<script[^>]*>)([\s\S]*?)<\/script>/g)) {
    const start = match.index + (match[1]?.length ?? 0);
    const code = match[2] ?? '';
    kept += blank(text.slice(from, start)) + code;
    from = start + code.length;
  }
  return kept + blank(text.slice(from));
}

export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Every node of the tree, parents first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}
