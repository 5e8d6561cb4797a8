import { z } from 'zod';
import { commaList } from './comma-list.ts';

/** corsConfig is the setting of a service that pages of other origins call. */
export const corsConfig = () => ({
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform(commaList)
    .pipe(z.array(z.url({ protocol: /^https?$/ })))
    .meta({ description: 'Origins that browsers may call from with cookies, a comma list; none by default' }),
});
