/** KubernetesObject has what every object has; what else there is in it is read where its kind says so. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}
