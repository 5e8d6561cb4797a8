/** What Node asks for where nothing is said. */
const BACKLOG_MIN = 511;

/**
 * listenBacklog is how many connections may wait in the kernel while the event loop accepts none: as many as may be open. Of
 * those beyond it the kernel drops the first packet, which comes again after a second, later than load balancers wait for a
 * connection; HAProxy takes the replica for dead then, be it the last one. The kernel's own bound is `net.core.somaxconn`.
 */
export const listenBacklog = (connectionsMax: number): number => Math.max(BACKLOG_MIN, connectionsMax);
