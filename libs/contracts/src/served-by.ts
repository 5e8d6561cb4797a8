import { z } from 'zod';

export const servedBy = z.string().describe('Name of the replica that answered (INSTANCE_NAME)');
