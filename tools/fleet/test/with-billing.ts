import { type ServiceDeclaration, services } from '@nestfleet/contracts';

const billing: ServiceDeclaration = {
  ...services.api,
  shortName: 'bill-run',
  replicas: 2,
  ingress: { hosts: ['billing'], prefix: '/billing', paths: [] },
};

/** withBilling is the table of services with one that requests are routed to, and whose short name is not its name. */
export const withBilling = { ...services, billing };
