import { type ImportRule, nestPackages, tests } from './import-rule.ts';
import { type Inside, type Row, rootOf } from './import-table.ts';

/** The inside of a lib: the core knows nobody, an adapter knows the core and what it adapts, nest/ wires both. */
export function insideRules(row: Row, inside: Inside): ImportRule[] {
  const src = `^${rootOf(row)}/src/`;
  const outer = [
    ...Object.keys(inside.adapters).map((pattern) => src + pattern),
    ...inside.composition.map((file) => `${src}${file.replaceAll('.', '\\.')}$`),
    `${src}(index|nest|testing)\\.ts$`,
    `${src}(nest|testing)/`,
  ];
  const core = partRules('the core', row, { path: src, pathNot: [...tests, ...outer] }, outer, inside.core);
  const adapters = Object.entries(inside.adapters).flatMap(([pattern, packages]) => {
    const own = src + pattern;
    const others = outer.filter((path) => path !== own);
    return partRules(`the adapter ${pattern}`, row, { path: own, pathNot: tests }, others, [
      ...inside.core,
      ...packages,
    ]);
  });
  return [...core, ...adapters, nestRule(row, src)];
}

/** Two rules for one part of a lib: which other parts it must not see, and which packages it may. */
function partRules(
  part: string,
  { name }: Row,
  from: ImportRule['from'],
  unseen: string[],
  packages: readonly string[],
): ImportRule[] {
  return [
    {
      name: `${part} of ${name}`,
      comment: `${part} of ${name} sees the core of ${name} and nothing else of it`,
      from,
      to: { path: unseen },
    },
    {
      name: `packages of ${part} of ${name}`,
      comment: `outside its lib, ${part} of ${name} may import ${["Node's modules", ...packages].join(', ')}`,
      from,
      to: {
        pathNot: [`^libs/${name}/src/`, ...packages.map(packagePath)],
        dependencyTypesNot: ['core'],
        couldNotResolve: false,
      },
    },
  ];
}

function nestRule({ name, libs }: Row, src: string): ImportRule {
  const packages = ['rxjs', 'reflect-metadata', ...libs.map((lib) => `@nestfleet/${lib}`)];
  return {
    name: `nest/ of ${name}`,
    comment: `outside its lib, nest/ of ${name} may import ${["Node's modules", '@nestjs', ...packages].join(', ')}`,
    from: { path: `${src}nest/`, pathNot: tests },
    to: {
      pathNot: [src, nestPackages, ...packages.map(packagePath)],
      dependencyTypesNot: ['core'],
      couldNotResolve: false,
    },
  };
}

/** A package is known by its folder, or by its bare name where it is not installed. */
function packagePath(name: string): string {
  const [, own] = /^@nestfleet\/(.+)$/.exec(name) ?? [];
  return own === undefined ? `(^|/)node_modules/${name}/|^${name}(/|$)` : `^libs/${own}/`;
}
