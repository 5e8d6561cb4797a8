import { join } from 'node:path';
import ts from 'typescript';
import type { KubernetesObject } from './objects.ts';

/** The packages of kubernetes-models that have the custom resources of an API group; all else is Kubernetes' own. */
const PACKAGES: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};
/** "Object literal may only specify known properties". */
const UNKNOWN_FIELD = 2353;
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  types: [],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** Models says of each object where it is not what kubernetes-models has for its kind. */
export type Models = (objects: readonly KubernetesObject[]) => Promise<string[]>;

/**
 * openModels asks twice. The validators of the models let unknown fields pass, but their types are closed: each object is compiled
 * as a literal of its type, with TypeScript's check for excess properties. What types do not say, such as the limits of a number,
 * is asked of the validators after that. A kind without a model is a finding. What is read is kept for the next objects.
 */
export function openModels(): Models {
  const declarations = new Map<string, ts.SourceFile>();
  return async (objects) => {
    const findings: string[] = [];
    const typed = new Map<string, KubernetesObject>();
    for (const [index, object] of objects.entries()) {
      if (hasModel(object)) typed.set(join(import.meta.dirname, `object-${index}.ts`), object);
      else findings.push(`${titleOf(object)} is of ${object.apiVersion}, and kubernetes-models has no model of that`);
    }
    const literals = new Map([...typed].map(([file, object]) => [file, literalOf(file, object)]));
    const program = ts.createProgram([...literals.keys()], OPTIONS, hostOf(literals, declarations));
    for (const [file, object] of typed) {
      const source = program.getSourceFile(file);
      const said = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      const messages = said.length > 0 ? said.map(messageOf) : await invalidOf(object);
      findings.push(...messages.map((message) => `${titleOf(object)}${message}`));
    }
    return findings;
  };
}

const titleOf = ({ kind, metadata }: KubernetesObject): string => `the ${kind} ${metadata.name}`;

function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  const [group = ''] = apiVersion.split('/');
  return `${PACKAGES[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

function hasModel(object: KubernetesObject): boolean {
  const { resolvedModule } = ts.resolveModuleName(moduleOf(object), import.meta.filename, OPTIONS, ts.sys);
  return resolvedModule !== undefined;
}

function literalOf(file: string, object: KubernetesObject): ts.SourceFile {
  const type = `import('${moduleOf(object)}').I${object.kind}`;
  const text = `export const object: ${type} = ${JSON.stringify(object)};`;
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
}

function hostOf(
  literals: ReadonlyMap<string, ts.SourceFile>,
  declarations: Map<string, ts.SourceFile>,
): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  return {
    ...host,
    getSourceFile: (file, ...how) => {
      const source = literals.get(file) ?? declarations.get(file) ?? host.getSourceFile(file, ...how);
      if (source !== undefined && !literals.has(file)) declarations.set(file, source);
      return source;
    },
  };
}

function messageOf({ file, start = 0, code, messageText }: ts.Diagnostic): string {
  const path = file === undefined ? '' : pathAt(file, start);
  if (code === UNKNOWN_FIELD) return ` has the unknown field ${path}`;
  const text = ts.flattenDiagnosticMessageText(messageText, ' ').replaceAll(/\s+/g, ' ');
  return `${path === '' ? '' : `, ${path}`}: ${text}`;
}

/** pathAt is the field that is written at a place of a literal, such as `spec.ports[0].name`. */
function pathAt(file: ts.SourceFile, position: number): string {
  let path = '';
  const visit = (node: ts.Node): void => {
    if (position < node.getStart(file) || position >= node.end) return;
    if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name))
      path += path === '' ? node.name.text : `.${node.name.text}`;
    else if (ts.isExpression(node) && ts.isArrayLiteralExpression(node.parent))
      path += `[${node.parent.elements.indexOf(node)}]`;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return path;
}

type ModelModule = Readonly<Record<string, new (object: KubernetesObject) => { validate(): void }>>;

async function invalidOf(object: KubernetesObject): Promise<string[]> {
  const { [object.kind]: Model } = (await import(moduleOf(object))) as ModelModule;
  if (Model === undefined) return [' has a model without a validator'];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`: ${error instanceof Error ? error.message : String(error)}`];
  }
}
