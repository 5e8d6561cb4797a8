export { answeredDuringStall } from './testing/answered-during-stall.ts';
export { connectedDuringStall } from './testing/connected-during-stall.ts';
export { endWithOwner } from './testing/end-with-owner.ts';
