import type { Config } from '../config/load.ts';
import type { Explained } from '../dispatch/messages.ts';
import { messageOf } from '../kit/error-text.ts';
import type { LineExplanation } from '../plugin.ts';
import { createExplainer } from './explain.ts';
import { explanationObject } from './json.ts';

/** Of the configurations that were asked about: the last one is the one that runs. */
const explainers = new WeakMap<Config, (line: string) => readonly LineExplanation[]>();

/** What becomes of a line at all front-ends of a running server. */
export function answerOf(config: Config, line: string): Explained {
  try {
    const explain = explainers.get(config) ?? explainerOf(config);
    explainers.set(config, explain);
    return { ok: true, explanations: explain(line) };
  } catch (error) {
    return { ok: false, failure: messageOf(error) };
  }
}

function explainerOf(config: Config): (line: string) => readonly LineExplanation[] {
  const explain = createExplainer(config, config.frontends);
  return (line) => explain(line).map(explanationObject);
}
