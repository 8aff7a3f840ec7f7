/** Counts calls by method and path, without ids and query strings. */
export const countCalls = (calls: readonly string[]): Record<string, number> => {
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
