/** The questions of an administrator, as Relay's compiler takes them: it makes the types that are imported here. */
import { graphql } from 'relay-runtime';
import type { questionsAccessQuery$data } from './__generated__/questionsAccessQuery.graphql.ts';
import type { questionsAdmitMutation$variables } from './__generated__/questionsAdmitMutation.graphql.ts';
import type { questionsCountsQuery$data } from './__generated__/questionsCountsQuery.graphql.ts';
import type { questionsFailed$data } from './__generated__/questionsFailed.graphql.ts';
import type { questionsSettledSubscription$data } from './__generated__/questionsSettledSubscription.graphql.ts';
import type { questionsWhereConnectedQuery$data } from './__generated__/questionsWhereConnectedQuery.graphql.ts';

export const failed = graphql`
  fragment questionsFailed on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, cursor: { type: "String" })
  @refetchable(queryName: "questionsFailedPageQuery") {
    connections(filter: { status: [FAILED] }, first: $count, after: $cursor)
      @connection(key: "questions_connections") {
      edges {
        node {
          id
          endpointId
          createdAt
          failures {
            message
          }
          cluster {
            name
          }
        }
      }
      unavailable {
        name
        code
      }
    }
  }
`;

export const describeFailed = ({ connections }: questionsFailed$data): string[] =>
  (connections?.edges ?? []).map(({ node: { endpointId, createdAt, failures, cluster } }) => {
    const since: string = createdAt ?? 'unknown';
    return [endpointId, cluster?.name, since, ...(failures ?? []).map(({ message }) => message)].join(' ');
  });

export const whereConnected = graphql`
  query questionsWhereConnectedQuery($endpointIds: [ID!]!) {
    connectionsByEndpoint(endpointIds: $endpointIds) {
      clusterConnection {
        status
        cluster {
          clusterId
        }
      }
      serviceConnection {
        status
        endpointService {
          serviceId
        }
      }
    }
  }
`;

export const placesOf = ({
  connectionsByEndpoint,
}: questionsWhereConnectedQuery$data): (string | undefined)[] =>
  (connectionsByEndpoint ?? []).map(({ clusterConnection }) => clusterConnection?.cluster?.clusterId);

export const access = graphql`
  query questionsAccessQuery($domainId: ID!) {
    accessFor(domainId: $domainId) {
      nodes {
        cluster {
          name
        }
        endpointService {
          name
        }
        openToEveryone
        permissions {
          permission
          admitsEveryone
        }
      }
    }
  }
`;

export const openParents = ({ accessFor }: questionsAccessQuery$data): (string | undefined)[] =>
  (accessFor?.nodes ?? []).filter((one) => one.openToEveryone).map(({ cluster }) => cluster?.name);

export const counts = graphql`
  query questionsCountsQuery {
    clusters {
      nodes {
        name
        connectionCounts {
          status
          count
        }
      }
    }
    endpointServices {
      nodes {
        name
        connectionCounts {
          status
          count
        }
      }
    }
  }
`;

export const total = ({ clusters }: questionsCountsQuery$data): number =>
  (clusters?.nodes ?? [])
    .flatMap(({ connectionCounts }) => connectionCounts ?? [])
    .reduce((sum, { count }) => sum + count, 0);

export const admit = graphql`
  mutation questionsAdmitMutation($input: AddPermissionsInput!) {
    addPermissions(input: $input) {
      cluster {
        id
      }
      permissions {
        id
        permission
        kind
        cluster {
          id
        }
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const admitAccount: questionsAdmitMutation$variables = {
  input: { parent: { clusterId: 'c1' }, principals: ['d1'], idempotencyKey: 'ticket-4711' },
};

export const settled = graphql`
  subscription questionsSettledSubscription($parent: ParentReference!, $endpointIds: [ID!]!) {
    connectionStatusChanged(parent: $parent, endpointIds: $endpointIds, until: [ACCEPTED]) {
      endpointId
      status
    }
  }
`;

export const isAccepted = ({ connectionStatusChanged }: questionsSettledSubscription$data): boolean =>
  connectionStatusChanged?.status === 'ACCEPTED';
