import {
  byLongestPrefix,
  declarationOf,
  type Ingress,
  SERVICE_NAMES,
  type ServiceDeclaration,
} from '@nestfleet/contracts';

/** TableRow is a service with its name. Rules take the rows as a parameter, so that a fixture need not hold every service. */
export interface TableRow extends ServiceDeclaration {
  readonly name: string;
}

export interface RoutedRow extends TableRow {
  readonly ingress: Ingress;
}

export const table: readonly TableRow[] = SERVICE_NAMES.map((name) => ({ ...declarationOf(name), name }));

/** routedRows are those that requests are routed to, the longest prefix first. */
export const routedRows = (rows: readonly TableRow[]): RoutedRow[] =>
  rows.filter((row): row is RoutedRow => row.ingress !== undefined).toSorted(byLongestPrefix);

export const isCatchAll = ({ ingress }: TableRow): boolean => ingress?.prefix === '/';
