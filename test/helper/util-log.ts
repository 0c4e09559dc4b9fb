/** Arguments of Node for the original, which logs with `util.log`: Node 23 and later do not have it. */
export const withUtilLog = [
  '--import',
  'data:text/javascript,import util from "node:util"; util.log = () => undefined;',
] as const;
