// Loaded before a served app: its channel to the dev server breaks when that is killed, and an app without its dev server
// would hold its port, its queue and its entry in Consul for ever.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
