export { runHandler, type RunHandlerOptions } from './testing/run-handler.ts';
