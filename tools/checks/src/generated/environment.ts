import { askBundle, services } from './bundle.ts';
import type { Workspace } from '../workspace.ts';

export const environmentFile = 'docs/environment.md';

/** One variable, as `print-environment` of a bundle describes it. */
export interface Variable {
  name: string;
  type: string;
  default: string | null;
  required: 'always' | 'production' | 'no';
  description: string;
  secret: boolean;
}

export async function makeEnvironmentPage(workspace: Workspace): Promise<string> {
  const parts = await Promise.all(
    services(workspace).map(async (app) => {
      const variables = (await askBundle(workspace, app, 'print-environment')) as Variable[];
      return section(app.name, variables);
    }),
  );
  return [intro, ...parts].join('\n');
}

const intro = `# Environment

Made from the configuration schemas of the built apps by \`node tools/checks/src/generate.ts\`; do not edit it by hand.
Every variable \`X\` may come from a file instead: \`X_FILE\` holds its path. All faults are reported together, and an app
does not start with one. A secret is never printed. Required "in production" means with \`NODE_ENV=production\`, where the
sample value used in development is refused.
`;

function section(app: string, variables: readonly Variable[]): string {
  const rows = variables.map((variable) => {
    const name = `\`${variable.name}\`${variable.secret ? ' (secret)' : ''}`;
    const preset = variable.default === null ? '' : `\`${variable.default}\``;
    return `| ${[name, cell(variable.type), cell(preset), wanted[variable.required], cell(variable.description)].join(' | ')} |`;
  });
  return [`## ${app}`, '', '| name | type | default | required | meaning |', '|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

const wanted = { always: 'yes', production: 'in production', no: '' } as const;

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
