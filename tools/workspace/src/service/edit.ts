import type { Tree } from '@nx/devkit';

/** edit rewrites a file of the tree. @throws Error where it is not there */
export function edit(tree: Tree, file: string, change: (text: string) => string): void {
  const text = tree.read(file, 'utf8');
  if (text === null) throw new Error(`${file} is not there`);
  tree.write(file, change(text));
}
