export { withRedisBudget as withStateBudget } from '@nestfleet/redis';
