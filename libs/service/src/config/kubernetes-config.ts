import { wholeNumber } from '@nestfleet/contracts';
import { z } from 'zod';

/** kubernetesConfig is how the API server of Kubernetes is reached. The kubelet gives every pod two of them. */
export const kubernetesConfig = () => ({
  KUBERNETES_API_SERVER: z
    .url({ protocol: /^https?$/, error: 'is no http:// or https:// URL' })
    .optional()
    .meta({
      description:
        'For DISCOVERY=kubernetes: URL of the API server, over http:// without a token; default that of KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT_HTTPS',
    }),
  KUBERNETES_SERVICE_HOST: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Address of the API server, which Kubernetes sets in every pod' }),
  KUBERNETES_SERVICE_PORT_HTTPS: wholeNumber(1, 65_535)
    .optional()
    .meta({ description: 'Port of the API server, which Kubernetes sets in every pod' }),
  KUBERNETES_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'lower case letters, digits and - only, 63 at most')
    .optional()
    .meta({ description: 'For DISCOVERY=kubernetes: where the Services of the fleet are; default that of the pod' }),
  KUBERNETES_SERVICE_ACCOUNT_DIR: z.string().min(1).optional().meta({
    description:
      'For DISCOVERY=kubernetes: folder with token, ca.crt and namespace, read again when they change; default /var/run/secrets/kubernetes.io/serviceaccount',
  }),
});
