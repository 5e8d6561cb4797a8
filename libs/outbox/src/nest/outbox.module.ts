import { Module } from '@nestjs/common';
import { OutboxModuleBase } from './outbox.module-definition.ts';

/**
 * `forRoot` or `forRootAsync` in the root module gives every module the outbox; with a `name` beside others. Given how to send, the
 * module starts a relay with the application and closes it with it.
 */
@Module({})
export class OutboxModule extends OutboxModuleBase {}
