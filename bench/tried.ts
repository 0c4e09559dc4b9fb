/** What did not help, or not enough for what it takes: so that nobody has to find out again. Part of docs/BENCHMARKS.md. */
export const tried = `## What was tried and is not there

- **Direct-mapped cache from hash to record, before the segments**: 9 to 20 % less for known counters in memory; without invalidation when keys are forgotten, which is a
  cost at each hand-over that was not measured. Lines of many keys are added in groups of 16 instead, so that their waits for memory come together.
- **Numbers of one and two digits for themselves, 16 bytes at a time when keys are compared**: faster in a loop over lines in memory, not in the server. **A hash without branches**: no difference.
- **A shared table of names for the views of several back-ends**: back-ends that call series differently have nothing to share. A flush of a million series with three back-ends took 6.8 s instead of 4.0 to
  5.4, and 1.7 GB instead of 1.4.
- **Values past the limits sorted by series before they are folded, and larger chunks of them**: no difference.
- **Windows of one second, so that a scrape finds new figures**: 14.4 instead of 3.0 s of CPU for ten seconds of a million series. The scrape asks the shards instead.
- **Collecting garbage in one thread (\`--single-threaded-gc\`, \`--no-parallel-scavenge\`)**: 0 to 5 % of a flush, within noise. **A larger young generation from the start**: 10 ms less to \`ready\` and 5 MB more. **One of up to
  64 MB for the dispatch thread**: fewer collections, and no less time for a flush of a million series.
- **Arrays of windows in shared memory**: V8 counts the memory of arrays, and collects everything whenever some 64 MB of them are new: five times in the second in which a million series
  are merged, 0.2 s of CPU each in its helper threads. It does not count shared memory: 0.5 s less of a flush of 3.0. But then nothing says when that memory is free. **Larger chunks of
  compressed output**: 0.1 ms a body.
- **Memory given back after the start, comments taken off the bundle**: 0 to 1 MB.
- **UDP_GRO**: joins only datagrams of one size that one sender hands to the kernel at once (UDP_SEGMENT), which StatsD clients do not do. **SO_BUSY_POLL**: the loopback has nothing to poll, and a core that is never
  idle is not what a metrics server may take. **io_uring**: blocked by default in containers, and Node has no interface to it for sockets. None of the three was measured.
`;
