/** Values for the placeholders in the variables of tabs, such as `<clusterId>`: things that the caller can read. */
export type OwnValues = Readonly<Record<string, string>>;

/** A few clusters and services, of which one may have a connection. It takes at most nine calls to the cloud. */
const QUESTION = `{
  clusters(first: 3) { nodes { clusterId name connections(first: 1) { nodes { endpointId domainId } } } }
  endpointServices(first: 3, filter: { status: [AVAILABLE] }) {
    nodes { serviceId label connections(first: 1) { nodes { endpointId domainId } } }
  }
  dataSources(first: 3) { nodes { connectedInstance { serviceId } } }
}`;

interface Parent {
  clusterId?: string;
  name?: string;
  serviceId?: string;
  label?: string | null;
  connections: { nodes: { endpointId: string; domainId: string | null }[] } | null;
}

type Nodes<T> = { nodes: T[] } | null;

interface Answer {
  data?: {
    clusters: Nodes<Parent>;
    endpointServices: Nodes<Parent>;
    dataSources: Nodes<{ connectedInstance: { serviceId: string | null } | null }>;
  } | null;
}

/** The first with a connection, else the first. */
const choose = (parents: readonly Parent[]): Parent | undefined =>
  parents.find(({ connections }) => (connections?.nodes.length ?? 0) > 0) ?? parents[0];

const valuesIn = ({ data }: Answer): OwnValues => {
  const cluster = choose(data?.clusters?.nodes ?? []);
  const service = choose(data?.endpointServices?.nodes ?? []);
  const connection = cluster?.connections?.nodes[0] ?? service?.connections?.nodes[0];
  const connected = data?.dataSources?.nodes.find((one) => one.connectedInstance?.serviceId);
  const values = {
    clusterId: cluster?.clusterId,
    clusterName: cluster?.name,
    serviceId: service?.serviceId,
    serviceName: service?.label ?? undefined,
    endpointId: connection?.endpointId,
    domainId: connection?.domainId ?? undefined,
    connectedServiceId: connected?.connectedInstance?.serviceId ?? service?.serviceId,
  };
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]));
};

/** Asks for own values with the caller's headers; there are none if the caller may not read, or has nothing. */
export const readOwnValues = async (
  send: typeof fetch,
  headers: Readonly<Record<string, string>>,
): Promise<OwnValues> => {
  try {
    const response = await send(location.pathname, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: QUESTION }),
    });
    return valuesIn((await response.json()) as Answer);
  } catch {
    return {};
  }
};

/** Replaces placeholders in a text of JSON by the values that there are. */
export const fillPlaceholders = (json: string, values: OwnValues): string =>
  json.replaceAll(/<(\w+)>/g, (placeholder, name: string) => {
    const value = values[name];
    return value === undefined ? placeholder : JSON.stringify(value).slice(1, -1);
  });

export const hasPlaceholders = (json: string): boolean => /<\w+>/.test(json);
