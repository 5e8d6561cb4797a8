/** What Traefik's rules look at. */
export interface RoutedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
}

const MATCHERS: Readonly<Record<string, (value: string, request: RoutedRequest) => boolean>> = {
  Host: (value, { host }) => host === value,
  Method: (value, { method }) => method === value,
  Path: (value, { path }) => path === value,
  PathPrefix: (value, { path }) => path.startsWith(value),
  PathRegexp: (value, { path }) => new RegExp(value).test(path),
};

const TOKEN = /\s*(&&|\|\||[()]|([A-Za-z]+)\(`([^`]*)`\))/y;

/** matchesRule says whether Traefik takes a request by a rule. Throws at what is not a rule of the few forms that are used. */
export function matchesRule(rule: string, request: RoutedRequest): boolean {
  const tokens = tokensOf(rule);
  let at = 0;
  const takes = (token: string): boolean => {
    const isNext = tokens[at]?.text === token;
    if (isNext) at += 1;
    return isNext;
  };
  const any = (): boolean => {
    let holds = all();
    while (takes('||')) holds = all() || holds;
    return holds;
  };
  const all = (): boolean => {
    let holds = one();
    while (takes('&&')) holds = one() && holds;
    return holds;
  };
  const one = (): boolean => {
    if (takes('(')) {
      const holds = any();
      if (!takes(')')) throw new Error(`a parenthesis is open in the rule ${rule}`);
      return holds;
    }
    const { matcher, value = '' } = tokens[at] ?? {};
    if (matcher === undefined) throw new Error(`the rule ${rule} cannot be read`);
    at += 1;
    return matcher(value, request);
  };
  const holds = any();
  if (at < tokens.length) throw new Error(`the rule ${rule} cannot be read`);
  return holds;
}

interface Token {
  readonly text: string;
  readonly matcher?: (typeof MATCHERS)[string] | undefined;
  readonly value?: string | undefined;
}

function tokensOf(rule: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < rule.trimEnd().length) {
    const [, text, name, value] = pattern.exec(rule) ?? [];
    if (text === undefined) throw new Error(`the rule ${rule} cannot be read`);
    tokens.push({ text, matcher: name === undefined ? undefined : MATCHERS[name], value });
  }
  return tokens;
}
