import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import type { ConnectClient } from './client.ts';

/** Apollo Client with `relayStylePagination`, as its documentation has it. */
export const apollo: ConnectClient = ({ text, type, field, url, fetch, shownIn }) => {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url, fetch }),
    cache: new InMemoryCache({
      typePolicies: { [type]: { fields: { [field]: relayStylePagination(['filter', 'orderBy']) } } },
    }),
  });
  const query = gql(text);
  const variables = { after: null };
  const watched = client.watchQuery({ query, variables });
  const shown = () => shownIn(client.readQuery({ query, variables }));
  return {
    load: () => client.query({ query, variables, fetchPolicy: 'network-only' }),
    more: () => watched.fetchMore({ variables: { after: shown()?.endCursor } }),
    shown,
  };
};
