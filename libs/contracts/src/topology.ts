import { z } from 'zod';
import { controlReport, ejectedInstance } from './control.ts';

const ejection = ejectedInstance.omit({ id: true }).extend({
  id: z.string().describe('Id of the instance that has ejected it'),
  name: z.string().describe('INSTANCE_NAME of that one, or its id where the entry has none'),
});

const slots = z.object({
  used: z.int().describe('Slots in use; of `requests` more than `max` where some wait for a connection'),
  max: z.int().describe('Slots that there are; of streams and upgrades none is given beyond it'),
});

export const topologyInstance = z.object({
  id: z.string(),
  name: z.string().describe('INSTANCE_NAME, or the id where the entry has none'),
  address: z.string(),
  port: z.int(),
  health: z.enum(['passing', 'critical', 'maintenance']),
  version: z.string(),
  epoch: z.int().describe('Boot time, milliseconds since 1970; 0 while nobody has said it'),
  control: controlReport
    .extend({ as_of_ms: z.int().describe('When it said so, milliseconds since 1970') })
    .nullable()
    .describe('What the instance says of itself; null while it has not been asked or does not answer'),
  ejected_by: z
    .array(ejection)
    .describe('Who sends it no requests now, for what their own requests showed, whatever its health is'),
  slots: z
    .object({
      requests: slots.describe('Short requests'),
      streams: slots.describe('Event streams, large bodies, and what has taken longer than 5 s'),
      upgrades: slots.describe('Upgraded connections'),
    })
    .optional()
    .describe('Connections that this gateway has to it, by what they are used for; absent while it has none'),
});
export type TopologyInstance = z.infer<typeof topologyInstance>;

/** What is running, as this gateway's catalog sees it. */
export const topology = z
  .object({
    services: z.array(
      z.object({
        name: z.string().describe('Name of the service in the catalog'),
        as_of_ms: z.int().describe('Age of this view, milliseconds since 1970'),
        stale: z.boolean().describe('True while the catalog cannot be reached and this is the last good view'),
        instances: z.array(topologyInstance),
      }),
    ),
  })
  .meta({
    id: 'Topology',
    description: 'The services of the fleet and their instances',
    examples: [
      {
        services: [
          {
            name: 'api',
            as_of_ms: 1_795_898_948_130,
            stale: false,
            instances: [
              {
                id: 'api-2-1795898948130',
                name: 'api-2',
                address: '192.0.2.7',
                port: 40_123,
                health: 'passing',
                version: '0.1.0',
                epoch: 1_795_898_948_130,
                control: null,
                ejected_by: [
                  {
                    id: 'frontend-gateway-1-1795898940001',
                    name: 'frontend-gateway-1',
                    why: 'error',
                    failures: 5,
                    until_ms: 1_795_898_959_000,
                  },
                ],
                slots: {
                  requests: { used: 3, max: 256 },
                  streams: { used: 256, max: 256 },
                  upgrades: { used: 0, max: 256 },
                },
              },
            ],
          },
        ],
      },
    ],
  });
export type Topology = z.infer<typeof topology>;
