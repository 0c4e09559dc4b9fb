import { loadavg } from 'node:os';

/** Samples the load of this machine: `{ "use": "./examples/my-frontend.js", "every": "5s" }` */
export default {
  kind: 'frontend',
  name: 'load',
  config: ({ z, duration }) => z.strictObject({ every: duration().default(1000).describe('Time between samples.') }),
  describe: ({ every }) => `the load of this machine (every ${every} ms)`,
  create({ every }, intake) {
    let timer;
    const sample = () => {
      const [one, five, fifteen] = loadavg();
      intake.sample('gauge', 'host.load', one, 'minutes:1');
      intake.sample('gauge', 'host.load', five, 'minutes:5');
      intake.sample('gauge', 'host.load', fifteen, 'minutes:15');
    };
    return {
      async start() {
        sample();
        timer = setInterval(sample, every);
        return [];
      },
      async stop() {
        clearInterval(timer);
      },
    };
  },
};
