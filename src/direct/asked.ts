/** What of a request can be answered directly. */
export interface Asked {
  query: string;
  variables: Readonly<Record<string, unknown>>;
  operationName: string | undefined;
}

const KNOWN = new Set(['query', 'variables', 'operationName']);

/** The parameters of a body, or null where it holds anything else than the three plain ones. */
export const askedBy = (body: string): Asked | null => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  for (const name of Object.keys(parsed)) if (!KNOWN.has(name)) return null;
  const { query, variables = null, operationName = null } = parsed as Record<string, unknown>;
  if (typeof query !== 'string' || typeof variables !== 'object' || Array.isArray(variables)) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  return {
    query,
    variables: (variables as Asked['variables']) ?? {},
    operationName: operationName ?? undefined,
  };
};
