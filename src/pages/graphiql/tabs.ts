/** What a tab has at first. */
export interface Example {
  query: string;
  variables?: string;
}

/** A tab as GraphiQL stores it. */
interface Tab {
  id: string;
  title: string;
  query: string | null;
  variables: string | null;
  headers: null;
  operationName: string | null;
  response: null;
}

/** All tabs, and which of them is shown. */
export interface TabState {
  tabs: Tab[];
  activeTabIndex: number;
}

/** Where GraphiQL keeps its tabs, and the query and variables of the one that it opens with. */
const STATE = 'graphiql:tabState';
const QUERY = 'graphiql:query';
const VARIABLES = 'graphiql:variables';
/** Where this page notes variables whose placeholders it has filled: pairs of before and after. */
const FILLED = 'graphiql:filled';

/** A stored value; null if there is none, or if it cannot be read. */
const read = (key: string): unknown => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
};

/** Variables before and after their placeholders were filled. */
type Filled = readonly [before: string, after: string];

const readFilled = (): readonly Filled[] => (read(FILLED) as Filled[] | null) ?? [];

const createTab = ({ query, variables }: Example): Tab => {
  const name = /^\s*(?:query|mutation|subscription)\s+(\w+)/m.exec(query)?.[1] ?? null;
  return {
    id: crypto.randomUUID(),
    title: name ?? '<untitled>',
    query,
    variables: variables ?? null,
    headers: null,
    operationName: name,
    response: null,
  };
};

/** Notes that placeholders in variables were filled, so that another cloud at this address gets its own values. */
export const noteFilled = (before: string, after: string): void => {
  const others = readFilled().filter(([, filled]) => filled !== after);
  localStorage.setItem(FILLED, JSON.stringify([...others, [before, after]].slice(-50)));
};

/** The query of a link to this page, with its variables; it goes out of the address, which then follows the editor. */
const takeLink = (): Example | undefined => {
  const url = new URL(location.href);
  const query = url.searchParams.get('query');
  if (query === null) return undefined;
  const variables = url.searchParams.get('variables');
  for (const name of ['query', 'variables']) url.searchParams.delete(name);
  history.replaceState({}, '', url);
  return { query, ...(variables !== null && { variables }) };
};

/**
 * Stores the tabs that GraphiQL is to open with: those of last time, else the examples. The query of a link is in a tab of its own,
 * unless a tab has it already. Variables that were filled last time have their placeholders again.
 * @returns the tab that it opens; none if all were closed.
 */
export const prepareTabs = (examples: readonly Example[]): Tab | undefined => {
  const state = (read(STATE) as TabState | null) ?? { tabs: examples.map(createTab), activeTabIndex: 0 };
  const filled = new Map(readFilled().map(([before, after]) => [after, before]));
  for (const tab of state.tabs) tab.variables = filled.get(tab.variables ?? '') ?? tab.variables;
  const link = takeLink();
  if (link) {
    const { query, variables } = link;
    const found = state.tabs.findIndex(
      (tab) => tab.query === query && (variables === undefined || tab.variables === variables),
    );
    state.activeTabIndex = found === -1 ? state.tabs.push(createTab(link)) - 1 : found;
  }
  const active = state.tabs[state.activeTabIndex];
  localStorage.setItem(STATE, JSON.stringify(state));
  localStorage.setItem(QUERY, active?.query ?? '');
  localStorage.setItem(VARIABLES, active?.variables ?? '');
  return active;
};
