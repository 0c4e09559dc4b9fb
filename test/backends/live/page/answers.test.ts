import { expectTypeOf, it } from 'vitest';
import type { RejectedAnswer } from '../../../../backends/live/api/lists.ts';
import type { SeriesAnswer } from '../../../../backends/live/api/series.ts';
import type {
  Found,
  History,
  Point as PagePoint,
  Top as PageTop,
  RejectedLines,
  Status,
} from '../../../../backends/live/page/answers.ts';
import type { Report } from '../../../../backends/live/status/report.ts';
import type { Columns, Point } from '../../../../backends/live/store/history.ts';
import type { Top } from '../../../../backends/live/store/top.ts';

// The page is compiled apart from the server: the compiler holds what it expects to what it is sent.
it('what the page expects is what the API answers', () => {
  expectTypeOf<Report>().toExtend<Status>();
  expectTypeOf<Columns>().toExtend<History>();
  expectTypeOf<Point>().toExtend<PagePoint>();
  expectTypeOf<SeriesAnswer>().toExtend<Found>();
  expectTypeOf<Top>().toExtend<PageTop>();
  expectTypeOf<RejectedAnswer>().toExtend<RejectedLines>();
});
