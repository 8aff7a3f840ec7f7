import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql 16 ships two module formats; vitest would load both and see two realms.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Servers, browsers and Redis are real, and other programs may hold the machine: a second try, reported as such.
    // Tests that search for rare schedules or inputs have none: what they found once counts.
    retry: 1,
  },
});
