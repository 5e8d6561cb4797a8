/** As kubectl says it, and as the server does to a kubectl that remembers what another server had. */
const UNKNOWN_KIND = /no matches for kind "([^"]+)"|could not find the requested resource \(post ([a-z]+)\./;
/** What kubectl says beside the fault: what to do, and warnings. */
const ASIDE = /^(?:ensure CRDs are installed first\]?|Warning: .*|\s*)$/;

/**
 * readAnswer reads what `kubectl apply --dry-run=server` printed where it went wrong: what the API server refuses, and kinds that it
 * does not know, because their definitions are not installed there.
 */
export function readAnswer({ isWell, err }: { readonly isWell: boolean; readonly err: string }): {
  readonly refused: readonly string[];
  readonly unknownKinds: readonly string[];
} {
  if (isWell) return { refused: [], unknownKinds: [] };
  const lines = err.split('\n').filter((line) => !ASIDE.test(line));
  const refused = lines.filter((line) => kindOf(line) === undefined);
  const unknownKinds = [...new Set(lines.map(kindOf).filter((kind) => kind !== undefined))];
  // It went wrong, and nothing says how.
  return {
    refused: refused.length + unknownKinds.length === 0 ? ['kubectl failed without a word'] : refused,
    unknownKinds,
  };
}

function kindOf(line: string): string | undefined {
  const [, kind, resource] = UNKNOWN_KIND.exec(line) ?? [];
  return kind ?? resource;
}
