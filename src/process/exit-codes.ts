/** Exit codes as sysexits(3) names them, for supervisors and scripts; 1 is any other failure. */
export const FAILED = 1;
/** The command line is wrong. */
export const USAGE = 64;
/** An address cannot be listened on, or something else that the server needs is not to be had. */
export const UNAVAILABLE = 69;
/** The configuration is wrong. */
export const CONFIGURATION = 78;
