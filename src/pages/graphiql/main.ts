/** What this gateway adds to GraphiQL: own values in tabs, the cost of the last operation, links that open a tab of their own. */
import { clearCost, showCost } from './operation-cost.ts';
import { fillPlaceholders, hasPlaceholders, type OwnValues, readOwnValues } from './own-values.ts';
import { type Example, noteFilled, prepareTabs, type TabState } from './tabs.ts';

/** The model of a pane of Monaco, the editor in GraphiQL. */
interface Model {
  uri: { path: string };
  getValue(): string;
  setValue(text: string): void;
  onDidChangeContent(listener: () => void): void;
}

declare const monaco: { editor: { onDidCreateModel(listener: (model: Model) => void): void } };

/** Options of GraphiQL that come from the gateway. */
interface Options {
  defaultTabs: readonly Example[];
  /** The proposed headers as JSON; an empty value is for the caller to fill in. */
  headers: string;
}

type Headers = Readonly<Record<string, string>>;

let values: OwnValues = {};
let pane: Model | undefined;

/** Fills placeholders of the variables that are shown. */
const fillPane = (): void => {
  const before = pane?.getValue() ?? '';
  const after = fillPlaceholders(before, values);
  if (after === before) return;
  noteFilled(before, after);
  pane!.setValue(after);
};

const CREDENTIALS = ['authorization', 'x-auth-token', 'x-workspace-id'];

/** Headers that say who asks; those without a value are left out. */
const credentialsIn = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value && CREDENTIALS.includes(name.toLowerCase())),
  );

let known: Headers = {};

/** Each tab has headers of its own: a credential that it leaves empty is the one that another tab has sent last. */
const withKnownCredentials = (headers: Headers): Headers => {
  known = { ...known, ...credentialsIn(headers) };
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value || (known[name] ?? '')]),
  );
};

const send = globalThis.fetch.bind(globalThis);
const reads = new Map<string, Promise<void>>();

/** Reads own values, once for each caller. */
const learn = (headers: Headers): Promise<void> => {
  const credentials = credentialsIn(headers);
  const caller = JSON.stringify(credentials);
  const read = async (): Promise<void> => {
    values = { ...values, ...(await readOwnValues(send, credentials)) };
    fillPane();
  };
  const reading = reads.get(caller) ?? read();
  reads.set(caller, reading);
  return reading;
};

/** Whether a request is an operation that somebody has sent from the editor. */
const isOperation = (body: unknown): body is string =>
  typeof body === 'string' && body.startsWith('{') && !body.includes('__schema');

const sendOperation: typeof fetch = async (input, init) => {
  const body = init?.body;
  if (!isOperation(body)) return send(input, init);
  clearCost();
  const headers = withKnownCredentials(Object.fromEntries(new Headers(init!.headers)));
  if (hasPlaceholders(body)) await learn(headers);
  const since = performance.now();
  const request = { ...init, body: fillPlaceholders(body, values), headers: { ...headers, 'x-cost': '1' } };
  return showCost(await send(input, request), since);
};

/** Scrolls to the tab that is shown. */
const showActiveTab = (): void =>
  document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });

/** Opens the pane of variables. */
const showVariables = (): void =>
  document
    .querySelector<HTMLElement>('.graphiql-editor-tools button[data-name="variables"]:not(.active)')
    ?.click();

/** Prepares the page, and gives the options of GraphiQL. */
export const start = (options: Options) => {
  globalThis.fetch = sendOperation;
  monaco.editor.onDidCreateModel((model) => {
    if (!model.uri.path.endsWith('variables.json')) return;
    setTimeout(showActiveTab);
    pane = model;
    fillPane();
    // GraphiQL sets the panes while it changes the tab.
    model.onDidChangeContent(() => setTimeout(fillPane));
  });
  const first = prepareTabs(options.defaultTabs);
  let activeId = first?.id;
  const proposed = JSON.parse(options.headers) as Headers;
  // Few operations need a workspace.
  const isComplete = Object.entries(proposed).every(
    ([name, value]) => value !== '' || name.toLowerCase() === 'x-workspace-id',
  );
  if (proposed['Authorization'] !== '') void learn(proposed);
  return {
    ...options,
    defaultEditorToolsVisibility: isComplete && first?.variables ? 'variables' : 'headers',
    onTabChange: ({ tabs, activeTabIndex }: TabState) => {
      const tab = tabs[activeTabIndex];
      // It is called for edits and answers, too.
      if (tab?.id === activeId) return;
      activeId = tab?.id;
      clearCost();
      if (tab?.variables) setTimeout(showVariables);
    },
  };
};
