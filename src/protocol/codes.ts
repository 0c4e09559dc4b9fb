// Codes that the host and the WebAssembly module share: two compilers read this file, TypeScript and AssemblyScript.

// Of metric types (types.ts).
export const COUNTER = 0;
export const GAUGE = 1;
export const TIMER = 2;
export const HISTOGRAM = 3;
export const DISTRIBUTION = 4;
export const SET = 5;

/**
 * Added to the type of a key that was read in the dialect `statsd`: its identity is the original daemon's, and its own. More
 * than the code of any type.
 */
export const STATSD_KEY = 8;
/**
 * Added to the type of a key that only the dialect `dogstatsd` takes: some of its tags are to be clipped, or hold control bytes. Lines
 * of the other dialects do not find it, and neither does the WebAssembly module, so that each clipped line is counted.
 */
export const CLIPPED_KEY = 16;
/**
 * From this bit on the type of a key holds the number of its front-end's rules (prefix, tags, styles of tags); 0: there are none. Equal keys of
 * front-ends with other rules are other keys.
 */
export const RULES_SHIFT = 8;
/** What is left of the type of a key without these. */
export const TYPE_BITS = 7;

// Of rows of a window: one kind for all types whose samples are kept in the same form.
export const COUNTERS = 0;
export const GAUGES = 1;
export const TIMERS = 2;
export const SETS = 3;
/** How many there are. */
export const ROW_KINDS = 4;
