import { createHash, timingSafeEqual } from 'node:crypto';
import { controlRequest } from '@nestfleet/contracts';
import { ControlError } from './control-error.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * controlGuard authorizes a message and checks that it is for this instance. Digests have one length, so comparing them
 * leaks nothing.
 * @throws ControlError `control_invalid_message`, `control_unauthorized` or `control_wrong_instance`, in this order
 */
export function controlGuard(token: string, instanceId: string): (message: unknown) => void {
  const expected = digest(token);
  return (message) => {
    const request = controlRequest.safeParse(message);
    if (!request.success) throw new ControlError('control_invalid_message', 'expected {token, instance_id}');
    if (!timingSafeEqual(digest(request.data.token), expected))
      throw new ControlError('control_unauthorized', 'the token is not the one of this fleet');
    // An address that was reused: the message is for an instance that is gone.
    if (request.data.instance_id !== instanceId)
      throw new ControlError('control_wrong_instance', `this is ${instanceId}, not ${request.data.instance_id}`);
  };
}
