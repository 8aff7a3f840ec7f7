import { vi } from 'vitest';

/** The fast paths, which no answer may depend on. */
const OFF = { SHARE_READS: 'off', COMPILE_QUERIES: 'off', REVALIDATE_ANSWERS: 'off' };

// Every gateway of this run, however a test starts it; what the test sets itself stays.
vi.mock('../../src/config/config.ts', async (original) => {
  const config = await original<typeof import('../../src/config/config.ts')>();
  const readConfig: typeof config.readConfig = (settings) => config.readConfig({ ...OFF, ...settings });
  return { ...config, readConfig };
});
