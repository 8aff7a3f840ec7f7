import { EXAMPLE_TABS } from '../../src/server/graphiql/example-tabs.ts';

/** Things of the sandbox that are good to ask about, for the placeholders of tabs. */
const SANDBOX_VALUES: Readonly<Record<string, string>> = {
  clusterName: 'orders-search',
  serviceName: 'fleet-api',
  domainId: '728c877445ec3857378ab2174f194ff3',
  endpointId: '9b3642f6-47cd-4453-8de9-2c10cc72d5a7',
  connectedServiceId: '247a5541-d3b3-4a3b-8916-e21c679ecbfe',
};

/** The tabs of GraphiQL, with variables as its page fills them. */
export const sandboxTabs = EXAMPLE_TABS.map(({ query, variables }) => ({
  name: /^(?:query|mutation) (\w+)/m.exec(query)![1]!,
  query,
  variables: variables.replaceAll(/<(\w+)>/g, (_, name: string) => SANDBOX_VALUES[name]!),
}));
