/** `AppPlace` is an app as its layout has it. */
export interface AppPlace {
  readonly layout: 'nest' | 'nest-monorepo' | 'nx';
  /** Its name for the tool that builds it. */
  readonly name: string;
  /** Its folder from the root of the repository on; empty where that is the root. */
  readonly root: string;
  /** The file that starts it, such as `src/main.ts`. */
  readonly main: string;
  /** The script of package.json that builds it, else the command. */
  readonly build: { readonly script: string } | { readonly command: string };
  /** The settings of the compiler that builds it; undefined where a layout has none of its own. */
  readonly tsconfig?: string;
  /** The file that is built and run, such as `dist/main.js`. */
  readonly entry: string;
  /** The folder with all that the build makes and that runs, such as `dist`. */
  readonly built: string;
}
