export { answeredDuringStall } from './testing/answered-during-stall.ts';
