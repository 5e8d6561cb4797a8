export { answeredDuringStall } from './testing/answered-during-stall.ts';
export { connectedDuringStall, waitingConnectionsMax } from './testing/connected-during-stall.ts';
export { endWithOwner } from './testing/end-with-owner.ts';
