import datadog from '../../../backends/datadog/index.ts';
import { backendContract } from '../../contract/backend.ts';
import { datadogIntake } from '../../helper/datadog-intake.ts';
import { API_KEY, datadogSettings } from './defaults.ts';

backendContract('datadog', async () => {
  const intake = await datadogIntake(API_KEY);
  return {
    create: (context) => datadog.create(datadogSettings({ url: intake.url }), context),
    gauge: async (name) => intake.series.findLast(({ metric }) => metric === name)?.points[0]?.value,
    server: intake,
    stall: { begin: () => intake.script('hang', 1000), series: 1 },
    close: intake.close,
  };
});
