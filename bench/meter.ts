/** Loaded into a measured process before its own code: tells what the process used so far whenever it is asked, on any system. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuSeconds: (user + system) / 1e6, bytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
