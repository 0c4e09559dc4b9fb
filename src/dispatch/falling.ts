import { seldom } from '../kit/seldom.ts';
import { tagsWithHost } from '../kit/tags.ts';
import type { Logger } from '../plugin.ts';
import type { FallingGauge } from '../window/merger.ts';

/** Logs a gauge that only ever came as negative values with their sign, at once and then once a minute. */
export function createFallingLog(log: Logger): (gauge: FallingGauge) => void {
  return seldom((_, gauge: FallingGauge) => {
    const { name, value } = gauge;
    const tags = tagsWithHost(gauge);
    log.warn(
      `the gauge ${JSON.stringify(name)} only ever comes as a negative value, which is a change of a gauge: it is ${value} by now. ` +
        'If its sender means values, as Micrometer\'s flavour "etsy" does, its front-end needs "dialect": "dogstatsd"',
      tags.length === 0 ? {} : { tags: tags.join(',') },
    );
  });
}
