/**
 * Loaded into a gateway of its own process before it starts (`--import`): measures the CPU that the main thread takes between two
 * looks at the event loop, and tells the longest when it is asked for it.
 */
let longestMs = 0;
let isWatching = false;

const readCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const watch = (): void => {
  let before = readCpuMs();
  const look = () => {
    const now = readCpuMs();
    longestMs = Math.max(longestMs, now - before);
    before = now;
    if (isWatching) setImmediate(look);
  };
  setImmediate(look);
};

process.on('message', (message) => {
  if (message === 'watch') {
    [longestMs, isWatching] = [0, true];
    watch();
  } else {
    // After the turn that is on its way.
    isWatching = false;
    setImmediate(() => setImmediate(() => process.send!({ longestMs })));
    return;
  }
  process.send!({ longestMs });
});
// A process that is asked to end ends, whoever else holds on to it.
process.channel?.unref();
