/** Description of the schema as a whole: the first that its readers see, such as in the documentation of GraphiQL. */
export const SCHEMA_DESCRIPTION = `
Private access through VPC endpoints, from three services of Huawei Cloud: Cloud Search Service (CSS), VPC Endpoint (VPCEP) and
DataArts Insight. Clusters and endpoint services are reached through endpoints; each such connection waits, is accepted, is rejected or
has failed; whitelists say which accounts may connect.

**Where to start**

- \`connections\`: which connections wait or have failed, anywhere
- \`accessFor\`: what an account may reach, and by which whitelist record
- \`connectionsByEndpoint\`: where an endpoint is connected
- \`clusters\`, \`endpointServices\`, or one by its id: with connections and whitelist
- \`endpoints\`: the project's own endpoints
- \`dataSources\`: how DataArts Insight connects

Every field of \`Query\`, \`Mutation\` and \`Subscription\` has an example. Its ids are those of the sandbox, where it runs as it is.

**Who asks.** A project-scoped IAM token in \`X-Auth-Token\`, and for DataArts Insight a workspace in \`X-Workspace-Id\`; a gateway with
access keys of its own asks for \`Authorization\` instead.

**Ids.** \`id\` is opaque, unique in the whole graph, and never changes. Ids as the console shows them have names of their own, such as
\`clusterId\`; arguments for them take the \`id\` too.

**Pages.** Every list is a Relay connection: \`first\` and \`after\`, or \`last\` and \`before\`; 20 rows by default, at most 1000. Cursors
survive rows that come and go. \`truncatedAt\` says where the cloud cuts a list off; \`unavailable\` names what is missing from a list over
many clusters, services or projects.

**Errors.** What cannot be read is null, with an error whose \`extensions.code\` is an \`ErrorCode\`; the rest of the answer arrives.
Enums end in \`UNKNOWN\`, with the text of the cloud in a field \`…Raw\` beside it: have a default for values to come.

**Cost.** An operation costs the rows that it may return, and is refused before any call if they are too many: ask for smaller pages.
The header \`X-Cost: 1\` shows the cost, \`X-Explain: 1\` the calls to the cloud.

**Writes.** Each change is sent to the cloud once. Refusals that can be foreseen are in \`userErrors\` of the payload;
\`INDETERMINATE\` means that the outcome is not known. With an \`idempotencyKey\` a change can be sent again safely. The cloud finishes
many changes after the response: a subscription waits for them.
`.trim();
