import { originOf, type Outcome } from '@nestfleet/discovery';
import type { Dispatcher } from 'undici';
import { type AnswerHeaders, checkStatus, reasonOf } from './answer-head.ts';
import type { AnswerSource } from './answer-stream.ts';
import type { Boundary } from './boundary.ts';
import { GuardedHandler, type ReplicaEvents } from './guarded-handler.ts';
import { observeAnswer } from './overloaded.ts';
import { RequestBody } from './request-body.ts';
import type { Reach } from './retry-policy.ts';
import type { HeldPick } from './upstream-slots.ts';

/** AttemptOwner gets the events of an attempt. Nothing more comes after `abort`, nor after `onEnd` and `onError`. */
export interface AttemptOwner {
  /** All of the body was sent to the replica. */
  onWholeBody(): void;
  /** A 1xx: the answer is still to come. */
  onInformational(status: number, headers: AnswerHeaders): void;
  /** @param reason one character per byte, as in the headers */
  onHead(source: AnswerSource, status: number, headers: AnswerHeaders, reason: string): void;
  /**
   * The replica has not begun the request, because it is full.
   * @returns true where the request goes to another one; else the answer is passed on
   */
  onOverloaded(): boolean;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

/** So long the rest of an answer that is not passed on may take, milliseconds; then its connection ends. */
const DISCARD_MS = 5_000;

const ABORTED = new Error('the attempt was aborted');

/** Attempt is one request at one replica: undici's events of it, and the pick that counts it as in flight there. */
export class Attempt implements ReplicaEvents {
  reach: Reach = 'unsent';
  private controller: Dispatcher.DispatchController | undefined;
  private bodyMoved = false;
  private bodySent: boolean;
  private over = false;
  private discardTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly owner: AttemptOwner,
    readonly pick: HeldPick,
    /** A buffered body is whole, and may be sent again. */
    private readonly body: RequestBody | Buffer | null,
    private readonly boundary: Boundary,
  ) {
    this.bodySent = !(body instanceof RequestBody);
  }

  get instanceId(): string {
    return this.pick.instance.id;
  }

  get bodyBegun(): boolean {
    return this.body instanceof RequestBody && this.body.begun;
  }

  /** Its body passes at the pace of the client. */
  get isStreamed(): boolean {
    return this.body instanceof RequestBody;
  }

  /** The replica would take more of the body, and none comes. */
  get isAwaitingRequestBody(): boolean {
    return this.reach === 'sent' && !this.bodySent && this.body instanceof RequestBody && !this.body.isPaused();
  }

  /** True once for each time that some of the body went out since it was last asked. */
  consumeBodyProgress(): boolean {
    const moved = this.bodyMoved;
    this.bodyMoved = false;
    return moved;
  }

  dispatch(agent: Dispatcher, method: string, path: string, headers: string[]): void {
    const origin = originOf(this.pick.instance);
    // Undici's own clocks are off: one timer of ours also covers the wait for a free connection, and how long an answer may
    // be silent is known by its head.
    agent.dispatch(
      { origin, method, path, headers, body: this.body, headersTimeout: 0, bodyTimeout: 0 },
      new GuardedHandler(this, this.boundary),
    );
  }

  /** Wherever it is: the connection closes, and an attempt that still waits for its connection sends nothing. */
  abort(outcome: Outcome): void {
    this.over = true;
    this.pick.release(outcome);
    this.controller?.abort(ABORTED);
    if (this.body instanceof RequestBody) this.body.destroy();
  }

  /** A connection is there and the next thing is to write to it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(ABORTED);
    else this.reach = 'sent';
  }

  onBodySent(): void {
    if (!this.bodySent) this.bodyMoved = true;
  }

  onRequestSent(): void {
    if (this.bodySent) return;
    this.bodySent = true;
    this.bodyMoved = false;
    if (!this.over) this.owner.onWholeBody();
  }

  onResponseStarted(): void {
    this.reach = 'answered';
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: AnswerHeaders,
    statusText = '',
  ): void {
    if (this.over) return;
    if (status >= 100 && status < 200 && status !== 101) {
      this.reach = 'sent';
      this.owner.onInformational(status, headers);
      return;
    }
    checkStatus(status);
    const reason = reasonOf(status, statusText, controller.rawHeaders);
    if (observeAnswer(this.pick, status, headers) === 'overloaded' && this.isSentElsewhere()) return;
    this.owner.onHead(controller, status, headers, reason);
  }

  private isSentElsewhere(): boolean {
    this.reach = 'not_begun';
    // What is left of the answer is read and dropped, so that the connection lives on.
    this.over = this.owner.onOverloaded();
    if (this.over) {
      this.pick.release();
      this.discardTimer = this.boundary.after(DISCARD_MS, () => this.controller?.abort(ABORTED));
    } else this.reach = 'answered';
    return this.over;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.over) this.owner.onData(chunk);
  }

  onResponseEnd(): void {
    clearTimeout(this.discardTimer);
    if (this.over) return;
    this.over = true;
    this.pick.release();
    this.owner.onEnd();
  }

  onResponseError(_controller: unknown, error: Error): void {
    clearTimeout(this.discardTimer);
    if (this.over) return;
    this.over = true;
    this.owner.onError(error);
  }
}
