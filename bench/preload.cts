/** Loaded into the programs under test before their own code. */

// No program outlives the bench that started it. Unreferenced, so that the channel keeps no program alive either.
process.on('disconnect', () => process.exit());
process.channel?.unref();

// statsd 0.9 calls `util.log`, which Node 23 and later do not have.
Object.assign(require('node:util'), { log: () => undefined });
