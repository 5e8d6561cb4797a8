import type { Dispatcher } from 'undici';
import type { Boundary } from './boundary.ts';
import type { AnswerHeaders } from './answer-head.ts';

type Controller = Dispatcher.DispatchController;

/** ReplicaEvents are undici's events of one request at one replica. */
export type ReplicaEvents = Required<
  Pick<
    Dispatcher.DispatchHandler,
    | 'onRequestStart'
    | 'onBodySent'
    | 'onRequestSent'
    | 'onResponseStarted'
    | 'onResponseStart'
    | 'onResponseData'
    | 'onResponseEnd'
    | 'onResponseError'
  >
>;

/**
 * GuardedHandler is what undici gets as the handler of a request. Some of its events undici catches, and takes for an
 * error of the replica; some it does not, and the process would end.
 */
export class GuardedHandler implements ReplicaEvents {
  constructor(
    private readonly events: ReplicaEvents,
    private readonly boundary: Boundary,
  ) {}

  onRequestStart(controller: Controller, context: unknown): void {
    try {
      this.events.onRequestStart(controller, context);
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }

  onBodySent(chunk: Buffer): void {
    try {
      this.events.onBodySent(chunk);
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }

  onRequestSent(): void {
    try {
      this.events.onRequestSent();
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }

  onResponseStarted(): void {
    try {
      this.events.onResponseStarted();
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }

  onResponseStart(controller: Controller, status: number, headers: AnswerHeaders, statusText?: string): void {
    try {
      this.events.onResponseStart(controller, status, headers, statusText);
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    try {
      this.events.onResponseData(controller, chunk);
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }

  onResponseEnd(controller: Controller, trailers: AnswerHeaders): void {
    try {
      this.events.onResponseEnd(controller, trailers);
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }

  onResponseError(controller: Controller, error: Error): void {
    try {
      this.events.onResponseError(controller, error);
    } catch (fault) {
      this.boundary.fail(fault);
    }
  }
}
