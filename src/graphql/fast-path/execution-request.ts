import type { Limits } from '../../guards/limits/limits.ts';
import type { Operation } from '../../request/operation.ts';
import type { KnownQueries, KnownQuery } from './query-cache.ts';

/** A question that can be answered directly, and what works out its answer. */
export interface Task {
  text: string;
  variables: Readonly<Record<string, unknown>>;
  query: KnownQuery;
  /** Found within the limits. */
  cost: NonNullable<Operation['cost']>;
}

type Asked = Pick<Task, 'text' | 'variables'> & { operationName: string | undefined };

const KNOWN = new Set(['query', 'variables', 'operationName']);

/** The parameters of a body, or null where it holds anything else than the three plain ones. */
const askedBy = (body: string): Asked | null => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  for (const name of Object.keys(parsed)) if (!KNOWN.has(name)) return null;
  const { query: text, variables = null, operationName = null } = parsed as Record<string, unknown>;
  if (typeof text !== 'string' || typeof variables !== 'object' || Array.isArray(variables)) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  return {
    text,
    variables: (variables as Task['variables']) ?? {},
    operationName: operationName ?? undefined,
  };
};

/** What a body asks for; null where that is unusual, unknown, wrong or over a limit. */
export type TaskOf = (body: string) => Task | null;

export const createTasks =
  (known: KnownQueries, limits: Limits): TaskOf =>
  (body) => {
    const asked = askedBy(body);
    const query = asked && known.find(asked.text, asked.operationName);
    if (!query) return null;
    const { text, variables, operationName } = asked;
    try {
      return { text, variables, query, cost: limits.check(query.document, operationName, variables) };
    } catch {
      return null;
    }
  };

/** What is told of a task in log, metrics and answer. */
export interface About extends Pick<Task, 'text' | 'cost'> {
  name: string | undefined;
}

/** Without the query and the variables, so that nothing of them is held. */
export const aboutOf = ({ text, query, cost }: Task): About => ({ text, name: query.name, cost });

/** Notes what an operation does, for log, metrics and the answer itself. */
export const begin = (operation: Operation, { text, name, cost }: About): void => {
  operation.text = text;
  operation.name = name;
  operation.type = 'query';
  operation.cost = cost;
};
