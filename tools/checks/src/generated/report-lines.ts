/** DeclaredLine is a line of an API report, and the export that it belongs to. */
export interface DeclaredLine {
  readonly name: string;
  readonly line: string;
}

const declaration = /^export (?:(?:declare |abstract )*(?:class|const|enum|function|interface|type) (\w+)|\{ (\w+) \})/;

/** The lines of each export of an API report; comments and imports are none. */
function declaredLines(report: string): DeclaredLine[] {
  let name = '';
  return report.split('\n').flatMap((text) => {
    const [, own, again] = declaration.exec(text) ?? [];
    name = own ?? again ?? name;
    const line = text.trim();
    return name === '' || line === '' || /^(\/\/|```)/.test(line) ? [] : [{ name, line }];
  });
}

/** The names that an entry point exports, by its report. */
export const exportedBy = (report: string): ReadonlySet<string> =>
  new Set(declaredLines(report).map(({ name }) => name));

/**
 * brokenBetween is what an older report has and a newer one has not: of each export the first line. What is only added breaks nobody,
 * but for an option that is required, which no report tells.
 */
export function brokenBetween(older: string, newer: string): DeclaredLine[] {
  const kept = new Set(declaredLines(newer).map(({ name, line }) => `${name} ${line}`));
  const gone = declaredLines(older).filter(({ name, line }) => !kept.has(`${name} ${line}`));
  return gone.filter(({ name }, at) => gone.findIndex((each) => each.name === name) === at);
}
