import { routedRows, type TableRow } from '../deploy/services-table.ts';
import { accessFindings, routeFindings, serviceFindings } from './network.ts';
import { parseObjects } from './objects.ts';
import { workloadFindings } from './workloads.ts';

/** checkOverlay says what is wrong with an overlay, as Kustomize has rendered it. */
export function checkOverlay(overlay: string, rendered: string, rows: readonly TableRow[]): string[] {
  const objects = parseObjects(rendered);
  return [
    ...workloadFindings(overlay, objects, rows),
    ...serviceFindings(objects, rows),
    ...accessFindings(overlay, objects),
    ...routeFindings(objects, routedRows(rows)),
  ];
}
