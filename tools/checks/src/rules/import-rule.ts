import type { IReachabilityForbiddenRuleType, IRegularForbiddenRuleType } from 'dependency-cruiser';

/** A forbidden kind of import, in the words of dependency-cruiser; the comment is what the reader gets to see. */
export interface ImportRule {
  name: string;
  comment: string;
  from: IRegularForbiddenRuleType['from'];
  to: IRegularForbiddenRuleType['to'] | IReachabilityForbiddenRuleType['to'];
}

/** Test ground: may use the entry point ./testing and development packages. */
export const tests = [
  '\\.spec\\.ts$',
  '^(apps|libs)/[^/]+/test/',
  '^libs/[^/]+/src/testing(/|\\.ts$)',
  '\\.config\\.(mjs|ts)$',
];
export const nestPackages = '(^|/)node_modules/(@nestjs/|nestjs-)|^(@nestjs/|nestjs-)';
