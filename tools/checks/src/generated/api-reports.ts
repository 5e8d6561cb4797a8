import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import type { Project, Workspace } from '../workspace.ts';
import { exportedBy } from './report-lines.ts';

/** What a built package says of one of its entry points. */
interface BuiltEntry {
  readonly types: string;
}

/** One public entry point of a lib, such as `./nest`, and the file of its report. */
export interface EntryPoint {
  readonly lib: Project;
  readonly entry: string;
  readonly file: string;
  /** The report of the last release, where there was one. */
  readonly released: string;
}

/** A report, and the types that its exports name and its entry point does not export. */
interface Report {
  readonly text: string;
  readonly forgotten: readonly string[];
}

const NOTHING = { default: { logLevel: 'none' as ExtractorLogLevel } };

const nameOf = (entry: string): string => (entry === '.' ? 'index' : entry.slice(2));

/** The entry points of the libs that others install. The wire of this repository's own services is in their OpenAPI documents. */
export function entryPoints({ projects }: Workspace): EntryPoint[] {
  return projects
    .filter(({ kind, name }) => kind === 'lib' && name !== 'contracts')
    .flatMap((lib) =>
      Object.keys(lib.manifest.exports ?? {}).map((entry) => ({
        lib,
        entry,
        file: `${lib.root}/api/${nameOf(entry)}.api.md`,
        released: `${lib.root}/api/released/${nameOf(entry)}.txt`,
      })),
    );
}

/** ApiReports say what the built libs export, as API Extractor writes it: a change that breaks importers is a changed line. */
export class ApiReports {
  private readonly workspace: Workspace;
  private readonly made = new Map<EntryPoint, Report>();
  private program: CompilerState | undefined;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  /** Text of the report. @throws where the lib is not built */
  make(point: EntryPoint): string {
    const report = this.extract(point);
    this.made.set(point, report);
    return report.text;
  }

  /**
   * Types that a report names and no entry point of its lib exports: importers cannot say them. An entry point beside `.` may
   * name what that one exports. Of what was made.
   */
  forgotten(): { readonly file: string; readonly name: string }[] {
    return [...this.made].flatMap(([{ lib, file }, { forgotten }]) => {
      const ofLib = [...this.made].filter(([other]) => other.lib === lib).map(([, { text }]) => exportedBy(text));
      return forgotten.filter((name) => !ofLib.some((names) => names.has(name))).map((name) => ({ file, name }));
    });
  }

  private extract(point: EntryPoint): Report {
    const forgotten = new Set<string>();
    const folder = mkdtempSync(join(tmpdir(), 'nestfleet-api-'));
    try {
      const config = this.configOf(point, folder);
      this.program ??= CompilerState.create(config, { additionalEntryPoints: this.otherEntries(point) });
      Extractor.invoke(config, {
        compilerState: this.program,
        messageCallback: (message) => {
          message.handled = true;
          const [, name] = /^The symbol "(\w+)"/.exec(message.text) ?? [];
          if (message.messageId === 'ae-forgotten-export' && name !== undefined) forgotten.add(name);
        },
      });
      return { text: readFileSync(join(folder, basename(point.file)), 'utf8'), forgotten: [...forgotten] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** One program for all of them: most of the time goes to the types of what they import. */
  private otherEntries(first: EntryPoint): string[] {
    return entryPoints(this.workspace)
      .filter(({ file, lib }) => file !== first.file && this.workspace.exists(this.manifestOf(lib)))
      .map((point) => this.typesOf(point));
  }

  private manifestOf({ name }: Project): string {
    return `${this.workspace.dist}/libs/${name}/package.json`;
  }

  private typesOf({ lib, entry }: EntryPoint): string {
    const { dist, exists, read, root } = this.workspace;
    const manifest = this.manifestOf(lib);
    if (!exists(manifest)) throw new Error(`${manifest} is not built: nx run ${lib.name}:build`);
    const { exports } = JSON.parse(read(manifest)) as { exports: Readonly<Record<string, BuiltEntry>> };
    const built = exports[entry];
    if (built === undefined) throw new Error(`${manifest} has no ${entry}: nx run ${lib.name}:build`);
    return join(root, dist, 'libs', lib.name, built.types);
  }

  private configOf(point: EntryPoint, folder: string): ExtractorConfig {
    const mainEntryPointFilePath = this.typesOf(point);
    const projectFolder = join(this.workspace.root, this.workspace.dist, 'libs', point.lib.name);
    return ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(projectFolder, 'package.json'),
      configObject: {
        projectFolder,
        mainEntryPointFilePath,
        newlineKind: 'lf',
        compiler: {
          overrideTsconfig: {
            compilerOptions: { module: 'nodenext', target: 'es2024', types: ['node'], skipLibCheck: true },
            files: [mainEntryPointFilePath],
          },
        },
        apiReport: {
          enabled: true,
          reportFileName: basename(point.file),
          // Read from here in any case; what is in the repository is compared by the rule.
          reportTempFolder: folder,
          reportFolder: join(folder, 'kept'),
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: {
          compilerMessageReporting: NOTHING,
          tsdocMessageReporting: NOTHING,
          extractorMessageReporting: NOTHING,
        },
      },
    });
  }
}
