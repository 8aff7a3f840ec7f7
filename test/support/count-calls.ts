/** Calls without their ids and queries, each with how often it was made. */
export const tally = (calls: readonly string[]): Record<string, number> => {
  const routes = calls.map((call) =>
    call
      .replace(/\?.*/, '')
      .replace(/\/v1(\.0)?\/[^/]+/, '')
      .replace(/\/[0-9a-f]{8}-[0-9a-f-]{27}/g, '/{id}'),
  );
  return Object.fromEntries(
    [...Map.groupBy(routes, (route) => route)].map(([route, { length }]) => [route, length]),
  );
};
