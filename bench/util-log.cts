/** Loaded before statsd 0.9, which calls `util.log`: Node 23 and later have none. */
Object.assign(require('node:util'), { log: () => undefined });
