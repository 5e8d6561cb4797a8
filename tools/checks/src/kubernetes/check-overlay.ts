import type { TableRow } from '../deploy/services-table.ts';
import { accessFindings } from './access.ts';
import { hardeningFindings } from './hardening.ts';
import { parseObjects } from './objects.ts';
import { policyFindings } from './policies.ts';
import { routeFindings } from './routes.ts';
import { scalingFindings } from './scaling.ts';
import { secretFindings } from './secrets.ts';
import { serviceFindings } from './services.ts';
import { settingFindings } from './settings.ts';
import { workloadFindings } from './workloads.ts';

/** checkOverlay says what is wrong with an overlay, as Kustomize has rendered it. */
export function checkOverlay(overlay: string, rendered: string, rows: readonly TableRow[]): string[] {
  const objects = parseObjects(rendered);
  return [
    ...workloadFindings(overlay, objects, rows),
    ...hardeningFindings(objects),
    ...secretFindings(objects),
    ...settingFindings(overlay, objects),
    ...serviceFindings(objects, rows),
    ...accessFindings(overlay, objects),
    ...policyFindings(overlay, objects, rows),
    ...scalingFindings(objects, rows),
    ...routeFindings(overlay, objects, rows),
  ];
}
