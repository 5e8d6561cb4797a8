import type { SuiteBug } from './suite-bug.ts';

/** What readers of the documents are promised. */
export const documentBugs: readonly SuiteBug[] = [
  {
    name: 'headings-unchecked',
    description: 'the site takes a link to a heading that its page does not have',
    patches: [
      { file: 'tools/site/src/link-target.ts', find: '!document.anchors.has(anchor)', replace: "anchor === ''" },
    ],
    detectedBy: { spec: 'tools/site/test/link-target.spec.ts', test: 'throws for ../redis/README.md#gone' },
  },
  {
    name: 'proofs-unpromised',
    description: 'a page of a problem is proved by what shows no promise of the guarantees',
    patches: [
      {
        file: 'tools/checks/src/rules/problem-pages.ts',
        find: '.filter((name) => !promised.has(name))',
        replace: '.filter((name) => promised.size < 0 && !promised.has(name))',
      },
    ],
    detectedBy: { spec: 'tools/checks/test/rules.spec.ts', test: 'each rule falls on its fixture problem-pages' },
  },
];
